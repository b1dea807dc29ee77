using System.Text.Json.Nodes;
using LoNas.MutationTests.Mutations;
using LoNas.Training.Checkpoints;

namespace LoNas.Tests.Training;

public sealed class CheckpointManifestTests : IDisposable
{
    private const string Manifest = "manifest.json";

    private readonly string _output = Directory.CreateTempSubdirectory("lonas-test-").FullName;

    public CheckpointManifestTests()
    {
        foreach (int step in new[] { 2, 10, 9 })
        {
            Make(step);
        }
    }

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public void Newest_AllWhole_IsTheHighestStep()
    {
        var choice = TrainingCheckpoint.Newest(_output);

        Assert.Equal(Checkpoint(10), choice.Folder);
        Assert.Empty(choice.Damaged);
    }

    [Fact]
    public void Newest_NothingThere_IsNull()
    {
        var choice = TrainingCheckpoint.Newest(Path.Combine(_output, "absent"));

        Assert.Null(choice.Folder);
        Assert.Empty(choice.Damaged);
    }

    [Theory]
    [InlineData("truncated", "optimizer.bin has 2 bytes of 3")]
    [InlineData("flipped", "optimizer.bin has another SHA-256")]
    [InlineData("removed", "optimizer.bin is missing")]
    [InlineData("link", "optimizer.bin is a link")]
    [InlineData("manifest removed", "its manifest.json is missing")]
    [InlineData("manifest truncated", "is not valid JSON")]
    [InlineData("manifest empty", "its manifest.json lacks trainer_state.json")]
    [InlineData("manifest list", "its manifest.json has no object 'files'")]
    [InlineData("no size", "has no size and SHA-256 of optimizer.bin")]
    [InlineData("../", "names '../secret'; expected the name of a file in the same folder")]
    [InlineData("/etc", "names '/etc/hostname'")]
    [InlineData("C:", "names 'C:secret'")]
    public void Newest_DamagedOne_IsNamedAndTheOneBeforeTaken(string damage, string problem)
    {
        Damage(Checkpoint(10), damage);

        var choice = TrainingCheckpoint.Newest(_output);

        Assert.Equal(Checkpoint(9), choice.Folder);
        var (folder, found) = Assert.Single(choice.Damaged);
        Assert.Equal(Checkpoint(10), folder);
        Assert.Contains(problem, found);
    }

    [Fact]
    public void Newest_AllDamaged_NamesEachAndGivesNone()
    {
        foreach (int step in new[] { 2, 9, 10 })
        {
            Damage(Checkpoint(step), "flipped");
        }

        var choice = TrainingCheckpoint.Newest(_output);

        Assert.Null(choice.Folder);
        Assert.Equal([Checkpoint(10), Checkpoint(9), Checkpoint(2)], choice.Damaged.Select(entry => entry.Folder));
    }

    [Fact]
    public void Newest_SeededDamageToAnyFile_IsNeverTaken()
    {
        var random = new Random(20261124);
        for (int round = 0; round < 300; round++)
        {
            Make(10);
            var files = Directory.GetFiles(Checkpoint(10));
            var file = files[random.Next(files.Length)];
            var before = File.ReadAllBytes(file);
            var damaged = ByteMutator.Mutate(before, random);
            File.WriteAllBytes(file, damaged);

            var choice = TrainingCheckpoint.Newest(_output);

            // A change in the manifest's white space, for example, does not change what it says.
            bool same = before.SequenceEqual(damaged) || Path.GetFileName(file) == Manifest;
            Assert.True(same || choice.Folder == Checkpoint(9), $"round {round}: {Path.GetFileName(file)}");
        }
    }

    [Fact]
    public void Newest_KilledWhileACheckpointWasReplaced_GivesTheFormerItsNameBack()
    {
        Directory.Move(Checkpoint(10), Checkpoint(10) + ".replaced.tmp");
        Directory.CreateDirectory(Checkpoint(10) + ".tmp");

        Assert.Equal(Checkpoint(10), TrainingCheckpoint.Newest(_output).Folder);
    }

    [Fact]
    public void Place_LeftoversOfAKilledWrite_AreReplacedAndRemoved()
    {
        string[] leftovers = [Checkpoint(10) + ".tmp", Checkpoint(7) + ".tmp", Checkpoint(7) + ".replaced.tmp"];
        foreach (var leftover in leftovers)
        {
            Directory.CreateDirectory(leftover);
            File.WriteAllText(Path.Combine(leftover, "half"), "");
        }

        Make(10);

        Assert.Equal(
            ["checkpoint-10", "checkpoint-2", "checkpoint-9"],
            Directory.GetDirectories(_output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Path.Combine(Checkpoint(10), "half")));
    }

    [Fact]
    public void RemoveOldest_DamagedOneOfALaterStep_DoesNotCostAWholeOne()
    {
        CheckpointFolder.RemoveOldest(_output, step: 9, limit: 1);

        Assert.Equal([Checkpoint(9), Checkpoint(10)], TrainingCheckpoint.All(_output));
    }

    private string Checkpoint(int step) => Path.Combine(_output, $"checkpoint-{step}");

    private void Make(int step) => CheckpointFolder.Place(_output, step, folder =>
    {
        File.WriteAllText(Path.Combine(folder, "trainer_state.json"), "{}");
        File.WriteAllBytes(Path.Combine(folder, "optimizer.bin"), [1, 2, (byte)step]);
        CheckpointManifest.Write(folder);
    });

    private static void Damage(string folder, string damage)
    {
        var (optimizer, manifest) = (Path.Combine(folder, "optimizer.bin"), Path.Combine(folder, Manifest));
        switch (damage)
        {
            case "truncated":
                File.WriteAllBytes(optimizer, [1, 2]);
                break;
            case "flipped":
                File.WriteAllBytes(optimizer, [1, 3, 1]);
                break;
            case "removed":
                File.Delete(optimizer);
                break;
            case "link":
                var elsewhere = Path.Combine(folder, "..", "elsewhere.bin");
                File.Move(optimizer, elsewhere);
                File.CreateSymbolicLink(optimizer, elsewhere);
                break;
            case "manifest removed":
                File.Delete(manifest);
                break;
            case "manifest truncated":
                File.WriteAllText(manifest, File.ReadAllText(manifest)[..30]);
                break;
            case "manifest empty":
                File.WriteAllText(manifest, "{\"files\": {}}");
                break;
            case "manifest list":
                File.WriteAllText(manifest, "{\"files\": []}");
                break;
            case "no size":
                Edit(manifest, files => files["optimizer.bin"] = new JsonObject { ["sha256"] = "" });
                break;
            default:
                var name = damage switch { "../" => "../secret", "/etc" => "/etc/hostname", _ => "C:secret" };
                Edit(manifest, files => files.Insert(0, name, files["optimizer.bin"]!.DeepClone()));
                break;
        }
    }

    private static void Edit(string manifest, Action<JsonObject> edit)
    {
        var json = JsonNode.Parse(File.ReadAllText(manifest))!.AsObject();
        edit(json["files"]!.AsObject());
        File.WriteAllText(manifest, json.ToJsonString());
    }
}
