using System.Diagnostics;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Outputs that are no files, or would become files of a model.</summary>
public sealed class OutputOfSystemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A file in the place of a device would break the system for every process.</summary>
    [Theory]
    [InlineData("pipe", "is a pipe, such as")]
    [InlineData("/dev/full", "is a device, which a file would take the place of")]
    [InlineData("/dev/lonas-of-a-test", "is below /dev/, which a file")]
    public void Output_ThatIsNoFile_IsRefusedEvenWithOverwrite(string path, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux's devices");
        if (path == "pipe")
        {
            path = _folder.Path("pipe");
            using var made = Process.Start("mkfifo", [path]);
            made.WaitForExit();
        }

        string[][] lines =
        [
            ["make-config", "--model_name_or_path", SampleRun.Model, "--preset", "math", "--output", path],
            ["export", "--to", "gguf", "--model_name_or_path", SampleRun.Model, "--output", path],
        ];
        Assert.All(lines, line => Assert.All(new[] { "True", "False" }, overwrite =>
        {
            var run = CliRun.Of([.. line, "--overwrite", overwrite]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(expected, run.Error);
        }));
        Assert.Null(new FileInfo("/dev/null").LinkTarget);
        Assert.False(File.Exists("/dev/lonas-of-a-test"));
    }

    /// <summary>A GGUF file called pytorch_model.bin would be read as weights the next time.</summary>
    [Theory]
    [InlineData("pytorch_model.bin", 2)]
    [InlineData("model.safetensors.index.json", 2)]
    [InlineData("chat_template.json", 2)]
    [InlineData("small.gguf", 0)]
    public void Output_NamedAsAModelsFile_IsRefusedInAModelsFolder(string name, int expected)
    {
        foreach (var file in Directory.EnumerateFiles(SampleRun.Model))
        {
            File.Copy(file, _folder.Path(Path.GetFileName(file)), overwrite: true);
        }

        var path = _folder.Path(name);
        File.Delete(path);

        var run = CliRun.Of(
            "export", "--to", "gguf", "--model_name_or_path", _folder.Root, "--no_verify", "--output", path);

        Assert.Equal(expected, run.ExitCode);
        Assert.Equal(expected == 0, File.Exists(path));
    }
}
