const testCode = '\\.spec\\.ts$|/testing/';

/** The one-way order of docs/architecture.md. @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'kit-stands-alone',
      severity: 'error',
      from: { path: '^libs/kit/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/kit/' },
    },
    {
      name: 'outbound-knows-only-kit',
      severity: 'error',
      from: { path: '^libs/outbound/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(outbound|kit)/' },
    },
    {
      name: 'processes-knows-only-kit',
      severity: 'error',
      from: { path: '^libs/processes/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(processes|kit)/' },
    },
    {
      name: 'core-never-sees-a-service',
      severity: 'error',
      from: { path: '^libs/core/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(core|outbound|processes|kit)/' },
    },
    {
      name: 'services-never-see-core',
      severity: 'error',
      from: { path: '^libs/services/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(services|outbound|processes|kit)/' },
    },
    {
      name: 'no-service-imports-another',
      severity: 'error',
      from: { path: '^libs/services/src/([^/]+)/' },
      to: { path: '^libs/services/src/', pathNot: '^libs/services/src/$1/' },
    },
    {
      name: 'no-door-imports-another',
      severity: 'error',
      from: { path: '^libs/core/src/doors/([^/]+)/' },
      to: { path: '^libs/core/src/doors/[^/]+/', pathNot: '^libs/core/src/doors/$1/' },
    },
    {
      name: 'cli-knows-only-kit',
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: { path: '^(libs|apps)/', pathNot: '^(apps/cli|libs/kit)/' },
    },
    {
      name: 'dashboard-stands-alone',
      comment: 'It speaks to a gateway over HTTP and Socket.IO only.',
      severity: 'error',
      from: { path: '^apps/dashboard/' },
      to: { path: '^(libs|apps)/', pathNot: '^(apps/dashboard|libs/kit)/' },
    },
    {
      name: 'dashboard-knows-only-types-of-kit',
      severity: 'error',
      from: { path: '^apps/dashboard/' },
      to: { path: '^libs/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'apps-never-import-another',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'through-the-front-door',
      comment: 'Another lib is imported as #libs/<name>.',
      severity: 'error',
      from: { path: '^(?:libs|apps)/([^/]+)/' },
      to: { path: '^libs/', pathNot: '^libs/($1/|[^/]+/src/index\\.ts$)' },
    },
    {
      name: 'not-through-the-own-front-door',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/$1/src/index\\.ts$' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-to-build-output',
      comment: 'Where #libs/* lost its gateway-source condition, no other rule would bite.',
      severity: 'error',
      from: { path: '^(libs|apps)/' },
      to: { path: '^dist/' },
    },
    {
      name: 'not-to-dev-dependency',
      comment: 'Missing after npm ci --omit=dev.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: `${testCode}|^apps/dashboard/` }, // the page is bundled
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: testCode },
      to: { path: `^test/|${testCode}` },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['gateway-source', 'import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.json', '.d.ts'],
    },
  },
};
