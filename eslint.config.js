import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const tests = ['**/*.spec.ts', '**/testing/**', 'test/**'];

export default defineConfig(
  globalIgnores(['dist', 'coverage', 'data', 'workspace']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['{apps,libs,test}/**/*.{ts,tsx,js}', '*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-undef': 'off', // the compiler's work
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowStaticOnly: true, allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }], // by code point, which is meant
      '@typescript-eslint/no-unnecessary-condition': 'off', // takes what was true before an await to be true after it
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // Nest's options are declared as classes
      '@typescript-eslint/require-await': 'off', // async methods that implement a promise-returning port
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['{apps,libs}/**/*.{ts,tsx,js}'],
    ignores: tests,
    rules: { 'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['libs/**/*.{ts,js}', 'apps/gateway/**/*.{ts,js}'],
    ignores: [...tests, 'libs/core/src/config/**', 'apps/gateway/src/main.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Declare a setting; libs/core/src/config reads the environment.',
        },
        { object: 'URL', property: 'canParse', message: 'Node 20 is wrong about é in it; ask isUrl of the kit.' },
      ],
      'no-restricted-imports': [
        'error',
        { name: 'node:process', importNames: ['env'], message: 'Declare a setting.' },
        { name: 'process', message: 'Use the global.' },
      ],
    },
  },
  {
    files: tests,
    rules: {
      // Answers are parsed from JSON and looked at as a client would.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['scripts/**/*.mjs', '*.{js,cjs}'],
    extends: [js.configs.recommended],
    rules: { 'no-undef': 'off' },
  },
);
