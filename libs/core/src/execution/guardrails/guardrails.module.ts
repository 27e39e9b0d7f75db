import { Module } from '@nestjs/common';
import { GuardrailCounts } from './guardrail-counts.js';
import { Guardrails } from './guardrails.js';

@Module({ providers: [GuardrailCounts, Guardrails], exports: [GuardrailCounts, Guardrails] })
export class GuardrailsModule {}
