import { z } from 'zod';
import { OperationError, type InputOf } from '#libs/kit';
import { malformed } from './answers.js';
import type { Github } from './github.client.js';
import type { prReviewThreads } from './operations/reviews.js';

/** REST knows comments, but neither their threads nor whether these are resolved. */
const query = `query ($owner: String!, $repo: String!, $number: Int!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      reviewThreads(first: $first, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id path line isResolved isOutdated
          comments(first: 50) {
            pageInfo { hasNextPage }
            nodes { author { login } body createdAt url }
          }
        }
      }
    }
  }
}`;

const answer = z.object({
  repository: z.object({
    pullRequest: z
      .object({
        reviewThreads: z.object({
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
          nodes: z.array(
            z.object({
              id: z.string(),
              path: z.string(),
              line: z.int().nullable(),
              isResolved: z.boolean(),
              isOutdated: z.boolean(),
              comments: z.object({
                pageInfo: z.object({ hasNextPage: z.boolean() }),
                nodes: z.array(
                  z.object({
                    author: z.object({ login: z.string() }).nullable(),
                    body: z.string(),
                    createdAt: z.string(),
                    url: z.string(),
                  }),
                ),
              }),
            }),
          ),
        }),
      })
      .nullable(),
  }),
});

export async function listReviewThreads(github: Github, input: InputOf<typeof prReviewThreads>, signal: AbortSignal) {
  const { number, limit, cursor, unresolvedOnly } = input;
  const variables = { ...github.repository(input), number, first: limit, after: cursor ?? null };
  const parsed = answer.safeParse(await github.graphql(query, variables, signal));
  if (!parsed.success) throw malformed(parsed.error);
  const { pullRequest } = parsed.data.repository;
  if (!pullRequest) throw new OperationError('failed', `GitHub finds no pull request ${number} in that repository`);
  const { nodes, pageInfo } = pullRequest.reviewThreads;
  const threads = nodes.filter(({ isResolved }) => !(unresolvedOnly && isResolved));
  return {
    threads: threads.map(({ comments, ...thread }) => ({
      ...thread,
      comments: comments.nodes.map(({ author, ...comment }) => ({ user: author?.login ?? null, ...comment })),
      moreComments: comments.pageInfo.hasNextPage,
    })),
    nextCursor: pageInfo.hasNextPage ? pageInfo.endCursor : null,
  };
}
