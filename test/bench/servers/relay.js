// A way to a server of PostgreSQL that can be taken away: passes on what it gets to the port that it is given.
import { connect, createServer } from 'node:net';

const port = Number(process.argv[2]);
const server = createServer((near) => {
  const far = connect(port, '127.0.0.1');
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) console.log(`127.0.0.1:${address.port}`);
});
