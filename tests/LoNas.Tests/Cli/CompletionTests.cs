using System.Diagnostics;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

/// <summary>Completion in shells: what the program suggests, and the scripts that ask it.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("lonas run-", "run-math run-commonsense run-glue")]
    [InlineData("./lonas help se", "search")]
    [InlineData("lonas comp", "completion")]
    [InlineData("lonas sta", "status")]
    [InlineData("lonas search --wor", "--workers")]
    [InlineData("lonas --v", "--version")]
    [InlineData("lonas run-math --do_", "--do_eval --do_search --do_test --do_train")]
    [InlineData("lonas run-math --do_train --save_st", "--save_steps --save_strategy")]
    [InlineData("lonas run-math --save_strategy ", "epoch no steps")]
    [InlineData("lonas run-math --save_strategy e", "epoch")]
    [InlineData("lonas run-math --save_strategy epoch --save_t", "--save_total_limit")]
    [InlineData("lonas run-math --save_strategy=E", "--save_strategy=epoch")]
    [InlineData("lonas run-math --save_strategy=e", "--save_strategy=epoch")]
    [InlineData("lonas run-math --packing ", "concat False True")]
    [InlineData("lonas run-math --limi", "--limit")]
    [InlineData("lonas export --dt", "--dtype")]
    [InlineData("lonas export --to gguf --dtype ", "bf16 f16 f32 q8_0")]
    [InlineData("lonas export --to ", "gguf gguf-lora peft")]
    [InlineData("lonas generate --device c", "cpu cuda")]
    [InlineData("lonas generate --prompt 'two words' --max_n", "--max_new_tokens")]
    [InlineData("lonas merge --lora_weights ", "")]
    [InlineData("lonas merge --lora_weights out/qu", "")]
    [InlineData("lonas completion ", "bash fish PowerShell zsh")]
    [InlineData("lonas completion Po", "PowerShell")]
    [InlineData("lonas nothing --x", "")]
    [InlineData("lonas bench ", "train scaling generate latency glue parity ranks records")]
    [InlineData("lonas bench train --sh", "--shape")]
    [InlineData("lonas bench train --shape llama-1", "llama-110m llama-1b")]
    public void Suggestions_Line_AreWhatMayStandNext(string line, string expected)
    {
        var commands = CliRun.CommandsOf(line.Split(' ')[1..]);

        var run = CliRun.Against(commands, "[suggest]", line);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(expected, string.Join(' ', run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>dotnet-suggest gives the cursor's place.</summary>
    [Fact]
    public void Suggestions_Cursor_EndsTheLine() => Assert.Equal(
        "--save_strategy\n", CliRun.Of("[suggest:26]", "lonas run-math --save_strat --do_train").Output);

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("powershell")]
    public void Completion_Shell_IsAScriptThatAsksTheProgram(string shell)
    {
        var run = CliRun.Of("completion", shell);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("'[suggest]'", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', run.Output);
        Assert.Equal(run, CliRun.Of("completion", "--shell", shell));
    }

    [Theory]
    [InlineData("", "--shell is missing: give bash, zsh, fish, PowerShell")]
    [InlineData("ksh", "--shell is 'ksh'; allowed: bash, zsh, fish, PowerShell")]
    [InlineData("bash zsh", "unexpected argument 'zsh'; expected flags or one options file that ends in .json")]
    public void Completion_NoSuchShell_IsRefused(string arguments, string message)
    {
        var run = CliRun.Of(["completion", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal((2, "", $"error: {message}\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("lonas run-math --save_strategy ", "epoch no steps")]
    [InlineData("lonas run-math --save_strategy=st", "steps")]
    [InlineData("lonas run-math --do_t", "--do_test --do_train")]
    [InlineData("lonas gen", "generate")]
    [InlineData("lonas merge --lora_weights ", "")]
    public void Bash_SourcedScript_Completes(string line, string expected) => Assert.Equal(expected, InShell(
        "bash", CliRun.Of("completion", "bash").Output, line,
        """
        COMP_LINE="$LINE" COMP_POINT=${#LINE}
        COMP_WORDS=($LINE) COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        _lonas; echo "${COMPREPLY[@]}"
        complete -p lonas LoNas.Cli >/dev/null || echo "not registered"
        """));

    [Theory]
    [InlineData("fish", "complete -C \"$LINE\" | string split -f1 \\t | sort | string join ' '")]
    public void Fish_SourcedScript_Completes(string shell, string ask) => Assert.Equal("epoch no steps", InShell(
        shell, CliRun.Of("completion", shell).Output, "lonas run-math --save_strategy ", ask));

    /// <summary>What needs a terminal there is at least read without a complaint.</summary>
    [Theory]
    [InlineData("zsh", "-n")]
    [InlineData("pwsh", "-NoProfile -NonInteractive -File")]
    public void Shell_Script_IsRead(string shell, string arguments)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("lonas.ps1");
        File.WriteAllText(path, CliRun.Of("completion", shell == "pwsh" ? "PowerShell" : shell).Output);

        Assert.Equal("", Run(shell, [.. arguments.Split(' '), path], []));
    }

    /// <summary>Sources a script, with <c>lonas</c> on the path, and asks it for a line's completions.</summary>
    private static string InShell(string shell, string script, string line, string ask)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a script stands for the program");
        using var folder = new TemporaryFolder();
        var program = folder.Path("lonas");
        File.WriteAllText(program, $"#!/bin/sh\nexec '{CliProcess.Host}' '{CliProcess.Program}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        File.WriteAllText(folder.Path("script"), $"{script}\n{ask}\n");
        return Run(shell, [folder.Path("script")], new()
        {
            ["LINE"] = line,
            ["PATH"] = $"{folder.Root}:{Environment.GetEnvironmentVariable("PATH")}",
        });
    }

    private static string Run(string program, string[] args, Dictionary<string, string> environment)
    {
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Any(folder => File.Exists(Path.Combine(folder, program))),
            $"{program} is not installed");
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output + error.Result).Trim();
    }
}
