import { backUp } from '#libs/core';
import { runOnStore } from './store-command.js';

await runOnStore('npm run backup -- <file.tar.gz>', {}, backUp);
