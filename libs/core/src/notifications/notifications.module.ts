import { Module } from '@nestjs/common';
import { NoticeRows } from './notice-rows.js';
import { NoticeSender } from './notice-sender.js';
import { Notices } from './notices.js';

@Module({ providers: [NoticeRows, NoticeSender, Notices], exports: [NoticeRows, Notices] })
export class NotificationsModule {}
