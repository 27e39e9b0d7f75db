import { backUp } from '#libs/core';
import { runOnFile } from './store-command.js';

await runOnFile('npm run backup -- <file.tar.gz>', {}, backUp);
