import {
  McpService,
  Operation,
  type OperationContext,
  type ReachesBackEnds,
  type ResolvesArguments,
  type ReportsStatus,
  type ServiceStatus,
  type InputOf,
} from '#libs/kit';
import { identity, rateLimits } from './account.js';
import { addBranch, branchesOf, getBranchOf, removeBranch } from './branches.js';
import { checksOfPull } from './checks.js';
import { findCode } from './code-search.js';
import { commitsOf, commitWithFiles } from './commits.js';
import { createPull } from './create-pull.js';
import { Github } from './github.client.js';
import { GithubSettings } from './github.settings.js';
import { changeIssue, close, comment, commentsOf, findIssues, issue, issuesOf, openIssue, reopen } from './issues.js';
import { mergePull } from './merge-pull.js';
import * as aboutAccount from './operations/account.js';
import * as aboutActions from './operations/actions.js';
import * as aboutCode from './operations/code.js';
import * as aboutIssues from './operations/issues.js';
import * as aboutPulls from './operations/pull-requests.js';
import * as aboutRepositories from './operations/repositories.js';
import * as aboutReviews from './operations/reviews.js';
import { diffOfPull, getPull, listPullFiles, listPulls, updatePull, updatePullBranch } from './pull-requests.js';
import { readFile } from './read-file.js';
import { releasesOf } from './releases.js';
import { withRepositoryNamed } from './named-repository.js';
import { createRepository, getRepository, listRepositories, searchRepositories } from './repositories.js';
import { listReviewThreads } from './review-threads.js';
import { approve, askReviewers, listReviews, review } from './reviews.js';
import { logsOfRun } from './run-logs.js';
import { cancel, runAgain, runsOf, runWithJobs } from './runs.js';
import { startWorkflow, workflowsOf } from './workflows.js';
import { deleteContents, putContents } from './write-file.js';

@McpService({
  name: 'github',
  version: '1.0.0',
  description:
    'GitHub: repositories, pull requests with reviews and checks, issues, branches, files, commits, searches and Actions.',
  location: 'server',
  icon: 'M6 3v12a3 3 0 1 0 2 0v-3h6a4 4 0 0 0 4-4V7a3 3 0 1 0-2 0v1a2 2 0 0 1-2 2H8V3z',
  settings: GithubSettings,
})
export class GithubService implements ReportsStatus, ReachesBackEnds, ResolvesArguments {
  constructor(private readonly github: Github) {}

  serviceStatus(): ServiceStatus {
    return this.github.status();
  }

  backEndOf(): string {
    return 'GitHub';
  }

  resolveArguments(input: Record<string, unknown>, operation: string): Record<string, unknown> {
    return withRepositoryNamed(input, operation, this.github.defaults);
  }

  @Operation(aboutRepositories.listRepos)
  listRepos(input: InputOf<typeof aboutRepositories.listRepos>, { signal }: OperationContext) {
    return listRepositories(this.github, input, signal);
  }

  @Operation(aboutRepositories.getRepo)
  getRepo(input: InputOf<typeof aboutRepositories.getRepo>, { signal }: OperationContext) {
    return getRepository(this.github, input, signal);
  }

  @Operation(aboutRepositories.searchRepos)
  searchRepos(input: InputOf<typeof aboutRepositories.searchRepos>, { signal }: OperationContext) {
    return searchRepositories(this.github, input, signal);
  }

  @Operation(aboutRepositories.createRepo)
  createRepo(input: InputOf<typeof aboutRepositories.createRepo>, { signal }: OperationContext) {
    return createRepository(this.github, input, signal);
  }

  @Operation(aboutPulls.listPrs)
  listPrs(input: InputOf<typeof aboutPulls.listPrs>, { signal }: OperationContext) {
    return listPulls(this.github, input, signal);
  }

  @Operation(aboutPulls.getPr)
  getPr(input: InputOf<typeof aboutPulls.getPr>, { signal }: OperationContext) {
    return getPull(this.github, input, signal);
  }

  @Operation(aboutPulls.prFiles)
  prFiles(input: InputOf<typeof aboutPulls.prFiles>, { signal }: OperationContext) {
    return listPullFiles(this.github, input, signal);
  }

  @Operation(aboutPulls.prDiff)
  prDiff(input: InputOf<typeof aboutPulls.prDiff>, { signal }: OperationContext) {
    return diffOfPull(this.github, input, signal);
  }

  @Operation(aboutPulls.prChecks)
  prChecks(input: InputOf<typeof aboutPulls.prChecks>, { signal }: OperationContext) {
    return checksOfPull(this.github, input, signal);
  }

  @Operation(aboutPulls.createPr)
  createPr(input: InputOf<typeof aboutPulls.createPr>, { signal }: OperationContext) {
    return createPull(this.github, input, signal);
  }

  @Operation(aboutPulls.updatePr)
  updatePr(input: InputOf<typeof aboutPulls.updatePr>, { signal }: OperationContext) {
    return updatePull(this.github, input, signal);
  }

  @Operation(aboutPulls.updatePrBranch)
  updatePrBranch(input: InputOf<typeof aboutPulls.updatePrBranch>, { signal }: OperationContext) {
    return updatePullBranch(this.github, input, signal);
  }

  @Operation(aboutPulls.mergePr)
  mergePr(input: InputOf<typeof aboutPulls.mergePr>, { signal }: OperationContext) {
    return mergePull(this.github, input, signal);
  }

  @Operation(aboutReviews.prReviews)
  prReviews(input: InputOf<typeof aboutReviews.prReviews>, { signal }: OperationContext) {
    return listReviews(this.github, input, signal);
  }

  @Operation(aboutReviews.prReviewThreads)
  prReviewThreads(input: InputOf<typeof aboutReviews.prReviewThreads>, { signal }: OperationContext) {
    return listReviewThreads(this.github, input, signal);
  }

  @Operation(aboutReviews.requestReviewers)
  requestReviewers(input: InputOf<typeof aboutReviews.requestReviewers>, { signal }: OperationContext) {
    return askReviewers(this.github, input, signal);
  }

  @Operation(aboutReviews.reviewPr)
  reviewPr(input: InputOf<typeof aboutReviews.reviewPr>, { signal }: OperationContext) {
    return review(this.github, input, signal);
  }

  @Operation(aboutReviews.approvePr)
  approvePr(input: InputOf<typeof aboutReviews.approvePr>, { signal }: OperationContext) {
    return approve(this.github, input, signal);
  }

  @Operation(aboutIssues.listIssues)
  listIssues(input: InputOf<typeof aboutIssues.listIssues>, { signal }: OperationContext) {
    return issuesOf(this.github, input, signal);
  }

  @Operation(aboutIssues.getIssue)
  getIssue(input: InputOf<typeof aboutIssues.getIssue>, { signal }: OperationContext) {
    return issue(this.github, input, signal);
  }

  @Operation(aboutIssues.listComments)
  listComments(input: InputOf<typeof aboutIssues.listComments>, { signal }: OperationContext) {
    return commentsOf(this.github, input, signal);
  }

  @Operation(aboutIssues.searchIssues)
  searchIssues(input: InputOf<typeof aboutIssues.searchIssues>, { signal }: OperationContext) {
    return findIssues(this.github, input, signal);
  }

  @Operation(aboutIssues.createIssue)
  createIssue(input: InputOf<typeof aboutIssues.createIssue>, { signal }: OperationContext) {
    return openIssue(this.github, input, signal);
  }

  @Operation(aboutIssues.updateIssue)
  updateIssue(input: InputOf<typeof aboutIssues.updateIssue>, { signal }: OperationContext) {
    return changeIssue(this.github, input, signal);
  }

  @Operation(aboutIssues.closeIssue)
  closeIssue(input: InputOf<typeof aboutIssues.closeIssue>, { signal }: OperationContext) {
    return close(this.github, input, signal);
  }

  @Operation(aboutIssues.reopenIssue)
  reopenIssue(input: InputOf<typeof aboutIssues.reopenIssue>, { signal }: OperationContext) {
    return reopen(this.github, input, signal);
  }

  @Operation(aboutIssues.commentIssue)
  commentIssue(input: InputOf<typeof aboutIssues.commentIssue>, { signal }: OperationContext) {
    return comment(this.github, input, signal);
  }

  @Operation(aboutCode.listBranches)
  listBranches(input: InputOf<typeof aboutCode.listBranches>, { signal }: OperationContext) {
    return branchesOf(this.github, input, signal);
  }

  @Operation(aboutCode.getBranch)
  getBranch(input: InputOf<typeof aboutCode.getBranch>, { signal }: OperationContext) {
    return getBranchOf(this.github, input, signal);
  }

  @Operation(aboutCode.createBranch)
  createBranch(input: InputOf<typeof aboutCode.createBranch>, { signal }: OperationContext) {
    return addBranch(this.github, input, signal);
  }

  @Operation(aboutCode.deleteBranch)
  deleteBranch(input: InputOf<typeof aboutCode.deleteBranch>, { signal }: OperationContext) {
    return removeBranch(this.github, input, signal);
  }

  @Operation(aboutCode.getFile)
  getFile(input: InputOf<typeof aboutCode.getFile>, { signal }: OperationContext) {
    return readFile(this.github, input, signal);
  }

  @Operation(aboutCode.putFile)
  putFile(input: InputOf<typeof aboutCode.putFile>, { signal }: OperationContext) {
    return putContents(this.github, input, signal);
  }

  @Operation(aboutCode.deleteFile)
  deleteFile(input: InputOf<typeof aboutCode.deleteFile>, { signal }: OperationContext) {
    return deleteContents(this.github, input, signal);
  }

  @Operation(aboutCode.listCommits)
  listCommits(input: InputOf<typeof aboutCode.listCommits>, { signal }: OperationContext) {
    return commitsOf(this.github, input, signal);
  }

  @Operation(aboutCode.getCommit)
  getCommit(input: InputOf<typeof aboutCode.getCommit>, { signal }: OperationContext) {
    return commitWithFiles(this.github, input, signal);
  }

  @Operation(aboutCode.searchCode)
  searchCode(input: InputOf<typeof aboutCode.searchCode>, { signal }: OperationContext) {
    return findCode(this.github, input, signal);
  }

  @Operation(aboutCode.listReleases)
  listReleases(input: InputOf<typeof aboutCode.listReleases>, { signal }: OperationContext) {
    return releasesOf(this.github, input, signal);
  }

  @Operation(aboutActions.listWorkflows)
  listWorkflows(input: InputOf<typeof aboutActions.listWorkflows>, { signal }: OperationContext) {
    return workflowsOf(this.github, input, signal);
  }

  @Operation(aboutActions.listRuns)
  listRuns(input: InputOf<typeof aboutActions.listRuns>, { signal }: OperationContext) {
    return runsOf(this.github, input, signal);
  }

  @Operation(aboutActions.getRun)
  getRun(input: InputOf<typeof aboutActions.getRun>, { signal }: OperationContext) {
    return runWithJobs(this.github, input, signal);
  }

  @Operation(aboutActions.runLogs)
  runLogs(input: InputOf<typeof aboutActions.runLogs>, { signal }: OperationContext) {
    return logsOfRun(this.github, input, signal);
  }

  @Operation(aboutActions.dispatchWorkflow)
  dispatchWorkflow(input: InputOf<typeof aboutActions.dispatchWorkflow>, { signal }: OperationContext) {
    return startWorkflow(this.github, input, signal);
  }

  @Operation(aboutActions.cancelRun)
  cancelRun(input: InputOf<typeof aboutActions.cancelRun>, { signal }: OperationContext) {
    return cancel(this.github, input, signal);
  }

  @Operation(aboutActions.rerun)
  rerun(input: InputOf<typeof aboutActions.rerun>, { signal }: OperationContext) {
    return runAgain(this.github, input, signal);
  }

  @Operation(aboutAccount.rateLimit)
  rateLimit(_input: object, { signal }: OperationContext) {
    return rateLimits(this.github, signal);
  }

  @Operation(aboutAccount.whoami)
  whoami(_input: object, { signal }: OperationContext) {
    return identity(this.github, signal);
  }
}
