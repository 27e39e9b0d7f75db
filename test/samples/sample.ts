import type { TestGateway } from '../gateway.js';

/** A call that is made through every door. */
export interface Sample {
  input: Record<string, unknown>;
  /** The same call as a person types it. */
  command: string;
  /** What of the answer is the same in every call; all of it, when not given. */
  stable?: (data: never) => unknown;
  /** Makes what the next call needs, such as the thing that it deletes, and may change the sample to say so. */
  before?: (sample: Sample) => Promise<void>;
}

/** What the contract of the catalog needs of one service: a sample for each of its operations. */
export interface ServiceSamples {
  /** Variables with which the gateway finds the service's back end. */
  env: Record<string, string>;
  samples: Record<string, Sample>;
  /** Fills in what is there only once the gateway is. */
  ready?: (gateway: TestGateway) => Promise<void>;
  close?: () => Promise<void>;
}
