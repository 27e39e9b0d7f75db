import { Injectable } from '@nestjs/common';

/** How many clients are connected now, by the doors that keep connections; each door counts its own. */
@Injectable()
export class OpenConnections {
  /** Sessions of MCP clients. */
  mcp = 0;
  socketio = 0;
  websocket = 0;
}
