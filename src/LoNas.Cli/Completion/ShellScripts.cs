namespace LoNas.Cli.Completion;

/// <summary>
/// What each shell needs to complete a line: it hands the line up to the cursor to the program itself, as
/// System.CommandLine's <c>[suggest]</c> takes it, and offers files where the program knows no values.
/// </summary>
internal static class ShellScripts
{
    /// <summary>What the program is called: as a script in a clone, and as one portable file.</summary>
    private const string Names = "lonas LoNas.Cli";

    private const string Bash = $$"""
        # lonas: completion for bash
        _lonas() {
          local program="${COMP_WORDS[0]/#\~/$HOME}" word line="${COMP_LINE:0:COMP_POINT}" found=()
          while IFS= read -r word; do
            found+=("$word")
          done < <("$program" '[suggest]' "$line" 2>/dev/null </dev/null | tr -d '\r')
          # Bash takes the part behind '=' for the word where '=' breaks words.
          case "${line##* }" in
            --*=*) [[ $COMP_WORDBREAKS == *=* ]] && found=("${found[@]#*=}") ;;
          esac
          COMPREPLY=("${found[@]}")
        }
        complete -o bashdefault -o default -F _lonas {{Names}}

        """;

    private const string Zsh = $$"""
        # lonas: completion for zsh
        _lonas() {
          local program="${(Q)words[1]/#\~/$HOME}"
          local -a found
          found=("${(@f)$("$program" '[suggest]' "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null </dev/null)}")
          found=(${found:#})
          if (( ${#found} )); then
            compadd -- $found
          else
            _files
          fi
        }
        compdef _lonas {{Names}}

        """;

    private const string Fish = $$"""
        # lonas: completion for fish
        function __lonas_complete
          set -l line (commandline -cp)
          set -l program (string replace -r '^~' $HOME -- (commandline -opc)[1])
          set -l found ($program '[suggest]' "$line" 2>/dev/null </dev/null)
          if test (count $found) -gt 0
            printf '%s\n' $found
          else
            __fish_complete_path (commandline -ct)
          end
        end
        for name in {{Names}}
          complete -c $name -f -a '(__lonas_complete)'
        end

        """;

    private const string PowerShell = """
        # lonas: completion for PowerShell
        Register-ArgumentCompleter -Native -CommandName lonas, LoNas.Cli -ScriptBlock {
          param($word, $ast, $cursor)
          $line = $ast.ToString().PadRight($cursor - $ast.Extent.StartOffset)
          $line = $line.Substring(0, $cursor - $ast.Extent.StartOffset)
          & $ast.CommandElements[0].Value '[suggest]' $line 2>$null | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }

        """;

    /// <summary>The script of a shell.</summary>
    public static string Of(Shell shell) => (shell switch
    {
        Shell.Bash => Bash,
        Shell.Zsh => Zsh,
        Shell.Fish => Fish,
        _ => PowerShell,
    }).ReplaceLineEndings("\n");
}
