import { z } from 'zod';
import { invalidField, type InputOf } from '#libs/kit';
import { shaped } from './answers.js';
import type { Github } from './github.client.js';
import {
  reviewShape,
  type approvePr,
  type prReviews,
  type requestReviewers,
  type reviewPr,
} from './operations/reviews.js';
import { PULL, pullOf } from './pull-requests.js';

const reviewed = z.object({
  number: z.int(),
  requestedReviewers: z.array(z.string()),
  requestedTeams: z.array(z.string()),
});

export async function listReviews(github: Github, input: InputOf<typeof prReviews>, signal: AbortSignal) {
  const { items, nextCursor } = await github.list(`GET ${PULL}/reviews`, pullOf(github, input), input, signal);
  return { reviews: items.map((each) => shaped(reviewShape, each, input.fields)), nextCursor };
}

export async function askReviewers(github: Github, input: InputOf<typeof requestReviewers>, signal: AbortSignal) {
  const { reviewers, teamReviewers } = input;
  if (reviewers.length + teamReviewers.length === 0)
    throw invalidField('reviewers', 'at least one reviewer or team', 'none');
  const asked = { ...pullOf(github, input), reviewers, team_reviewers: teamReviewers };
  return github.change(`POST ${PULL}/requested_reviewers`, asked, signal, ({ data }) => shaped(reviewed, data));
}

export async function review(github: Github, input: InputOf<typeof reviewPr>, signal: AbortSignal) {
  const { body, commit, event } = input;
  if (body === undefined && (event === 'request-changes' || input.comments.length === 0)) {
    throw invalidField('body', 'what is said in all, or comments on lines', 'nothing');
  }
  const comments = input.comments.map(({ startLine, ...comment }) => ({
    ...comment,
    ...(startLine !== undefined && { start_line: startLine, start_side: comment.side }),
  }));
  const asked = { event: event === 'comment' ? 'COMMENT' : 'REQUEST_CHANGES', body, commit_id: commit, comments };
  return github.change(`POST ${PULL}/reviews`, { ...pullOf(github, input), ...asked }, signal, ({ data }) =>
    shaped(reviewShape, data),
  );
}

export async function approve(github: Github, input: InputOf<typeof approvePr>, signal: AbortSignal) {
  const asked = { ...pullOf(github, input), event: 'APPROVE', body: input.body, commit_id: input.commit };
  return github.change(`POST ${PULL}/reviews`, asked, signal, ({ data }) => shaped(reviewShape, data));
}
