export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const BASH = `_mcp_gateway() {
  local IFS=$'\\n'
  COMPREPLY=($(mcp-gateway complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _mcp_gateway mcp-gateway`;

const ZSH = `_mcp_gateway() {
  local -a found
  found=("\${(@f)$(mcp-gateway complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -S '' -M 'r:|=*' -- \${(M)found:#*=} && return
  compadd -- \${found:#*=}
}
compdef _mcp_gateway mcp-gateway`;

const FISH = `complete -c mcp-gateway -f -a '(mcp-gateway complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`;

/** What a shell has to know; the words themselves are asked of `mcp-gateway complete`. */
export function scriptFor(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return BASH;
    case 'zsh':
      return ZSH;
    case 'fish':
      return FISH;
  }
}
