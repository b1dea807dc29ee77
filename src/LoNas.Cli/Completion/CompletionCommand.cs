using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Cli.Completion;

/// <summary>Prints what makes a shell complete commands, flags and values.</summary>
internal static class CompletionCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "completion", "print the script that completes commands, flags and values in a shell",
        () => CompletionOptions.Table, options => options.Validate(), (options, console, _) =>
        {
            console.Write(ShellScripts.Of(options.Shell!.Value));
            return ExitCode.Success;
        },
        new("in bash: for this shell; in ~/.bashrc for every one", "source <(./lonas completion bash)"),
        new("in zsh, after compinit", "source <(./lonas completion zsh)"),
        new("in fish", "./lonas completion fish | source"),
        new("in PowerShell", "./lonas completion PowerShell | Out-String | Invoke-Expression"));
}
