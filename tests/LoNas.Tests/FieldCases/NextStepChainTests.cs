using System.Diagnostics;
using System.Text.RegularExpressions;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>The way from a model to a file for llama.cpp, by nothing but the lines that are printed on it.</summary>
public sealed class NextStepChainTests : IDisposable
{
    private readonly string _folder = Directory.CreateDirectory(
        Path.Combine(Directory.CreateTempSubdirectory("lonas-chain").FullName, "it's my work")).FullName;

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void Lines_FromInspectToGguf_RunAsPrintedInAnotherFolder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "runs lines in bash");
        SampleRun.CopyOfModel(Path.Combine(_folder, "a model"));
        var records = JsonInput.Load(
            Path.Combine(Repository.Root, "samples", "datasets", "word_problems", "train.json"), "sample");
        Directory.CreateDirectory(Path.Combine(_folder, "datasets"));
        JsonOutput.Save(
            Path.Combine(_folder, "datasets", "math_10k.json"), records.EnumerateArray().Take(112).ToArray());
        var line = $"\"{CliProcess.Host}\" \"{CliProcess.Program}\" inspect --model_name_or_path 'a model'";

        foreach (var command in new[] { "make-config", "run-math", "search", "extract", "export" })
        {
            line = PrintedLine.Of(Bash(line));
            Assert.Equal(command, PrintedLine.Words(line)[0]);
            if (command == "run-math")
            {
                Shorten(Path.Combine(_folder, "nncf_a model.json"));
            }
        }

        line = PrintedLine.Of(Bash(line));
        string[] words = PrintedLine.Words(line);
        Assert.Equal(["llama-cli", "-m"], words[..2]);
        Assert.True(File.Exists(Path.Combine(_folder, words[2])), line);
    }

    [Theory]
    [InlineData("./lonas", "./lonas")]
    [InlineData("cd samples && ../lonas", "../lonas")]
    [InlineData("bash lonas", "./lonas")]
    [InlineData("PATH=\"$PWD:$PATH\" && cd / && lonas", "lonas")]
    [InlineData("dir=\"$PWD\" && cd / && \"$dir/lonas\"", "ROOT")]
    [InlineData("\"$HOST\" \"$PROGRAM\"", "dotnet PROGRAM")]
    public void Lines_EachWayToStart_BeginAsTheUserDid(string start, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "runs lines in bash");
        // A launcher beside a built program: the real one, told where it is.
        var launcher = File.ReadAllText(Path.Combine(Repository.Root, "lonas"));
        int build = launcher.IndexOf("root=", StringComparison.Ordinal);
        int end = launcher.IndexOf("# The program ends", StringComparison.Ordinal);
        File.WriteAllText(
            Path.Combine(_folder, "lonas"), $"{launcher[..build]}program=\"$PROGRAM\"\n{launcher[end..]}");
        Bash("chmod +x lonas");
        Directory.CreateDirectory(Path.Combine(_folder, "samples"));

        var line = PrintedLine.Of(Bash($"{start} inspect --model_name_or_path \"$MODEL\""));

        var root = $"'{_folder.Replace("'", @"'\''", StringComparison.Ordinal)}/lonas'";
        Assert.Matches(
            $"^{Regex.Escape(expected).Replace("ROOT", Regex.Escape(root), StringComparison.Ordinal)} make-config ",
            line.Replace($"{CliProcess.Host} ", "dotnet ", StringComparison.Ordinal)
                .Replace(CliProcess.Program, "PROGRAM", StringComparison.Ordinal));
    }

    /// <summary>A person may make what was written shorter; the lines stay as they are.</summary>
    private static void Shorten(string configuration) => File.WriteAllText(
        configuration,
        File.ReadAllText(configuration).Replace("\"num_evals\": 200", "\"num_evals\": 2", StringComparison.Ordinal)
            .Replace("\"population\": 8", "\"population\": 2", StringComparison.Ordinal)
            .Replace("\"epochs\": 6", "\"epochs\": 1", StringComparison.Ordinal));

    private string Bash(string line)
    {
        var start = new ProcessStartInfo("bash")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(line);
        start.Environment["HOST"] = CliProcess.Host;
        start.Environment["PROGRAM"] = CliProcess.Program;
        start.Environment["MODEL"] = SampleRun.Model;
        start.Environment.Remove("LONAS_CALLED_AS");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{line}\n{error.Result}");
        return output;
    }
}
