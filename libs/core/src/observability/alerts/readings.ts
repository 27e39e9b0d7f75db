import { Injectable } from '@nestjs/common';
import { BudgetReadings } from './budget-readings.js';
import { GatewayReadings } from './gateway-readings.js';
import { NeighbourReadings } from './neighbour-readings.js';
import type { Reading } from './reading.js';

/** What all rules find. */
@Injectable()
export class Readings {
  constructor(
    private readonly gateway: GatewayReadings,
    private readonly neighbours: NeighbourReadings,
    private readonly budgets: BudgetReadings,
  ) {}

  /** To be asked each second. */
  take(): Reading[] {
    return [...this.gateway.take(), ...this.neighbours.take(), ...this.budgets.take()];
  }
}
