import { Controller, Get, Query } from '@nestjs/common';
import { Access } from '../access/access.decorator.js';
import { Checked } from '../execution/checked.pipe.js';
import { PolicyExplanation } from './policy-explanation.js';
import { policyQuestion, type PolicyQuestion } from './policy-question.js';

@Controller('admin/policy')
@Access('admin')
export class PolicyController {
  constructor(private readonly explanation: PolicyExplanation) {}

  /** Why a caller may or may not call an operation; without arguments, whether it is shown it. */
  @Get('explain')
  explain(@Query(new Checked(policyQuestion)) asked: PolicyQuestion) {
    return this.explanation.of(asked);
  }
}
