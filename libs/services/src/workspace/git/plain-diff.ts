/** Nothing outside of git makes a diff, and nothing inside of a submodule is looked at. */
export const plainDiff = ['--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=all'];
