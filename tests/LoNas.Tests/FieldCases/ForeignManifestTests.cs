using System.Text.Json.Nodes;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>A <c>lonas.json</c> of another adapter, another model or another version.</summary>
public sealed class ForeignManifestTests(SearchSample sample) : IClassFixture<SearchSample>
{
    private const string Space = "search_space";

    public static TheoryData<string, string> Edits => new()
    {
        { "width", "its group 0 is" },
        { "width removed", "its group 0 is" },
        { "group removed", "its group 1 is" },
        { "group added", "and the configuration's is none" },
        { "groups swapped", "its group 0 is" },
        { "member of no layer", "names members that the model does not have: model.layers.99.self_attn.q_proj:LoraA" },
        { "member of no part", "names members that the model does not have: model.layers.0.self_attn.q_proj:LoraC" },
        { "member without part", "names members that the model does not have: lm_head" },
        { "space is a text", "no usable 'search_space'" },
        { "width is a text", "no usable 'search_space'" },
        { "active width", "does not fit the search space" },
        { "version is a number", "no version of this program in 'lonas_version'" },
        { "configuration is a number", "has 7 in 'nncf_config'; expected the name of a file" },
    };

    [Theory]
    [InlineData("lj_other", "adapter manifest of another adapter", "its group 0 is")]
    [InlineData("lj_members", "adapter manifest of another model", "does not have: x:Base;")]
    public void Generate_SharedManifest_IsRefused(string name, string row, string expected)
    {
        var error = Greedy.Error(
            SharedData.Path("models", "stories260K"), "--lora_weights",
            SharedData.Path("field-cases", "lonas-json-foreign", name));

        ErrorTable.Require(row, 2, error);
        Assert.Contains("lonas.json'", error);
        Assert.Contains(expected, error);
    }

    [Theory]
    [MemberData(nameof(Edits))]
    public void Generate_EditedManifest_IsRefused(string edit, string expected)
    {
        var adapter = Copy(json => Edit(json, edit));

        var error = Greedy.Error(SampleRun.Model, "--lora_weights", adapter);

        Assert.Contains($"{adapter}/lonas.json'", error);
        Assert.Contains(expected, error);
    }

    [Theory]
    [InlineData("99.0.0")]
    [InlineData("0.1.1")]
    [InlineData("99")]
    [InlineData("7.0.0-beta")]
    public void Generate_VersionOfTheFuture_IsTold(string version)
    {
        var run = Generate(Copy(json => json["lonas_version"] = version));

        ErrorTable.Require("adapter manifest of a newer version", run.ExitCode, run.Error);
        Assert.Contains($"lonas.json' is of version {version}, and this is", run.Error);
    }

    [Fact]
    public void Generate_KeyThatIsUnknown_IsTold() => Assert.Contains(
        ": rotation in it is not known here and left aside", Generate(Copy(json => json["rotation"] = "x")).Error);

    [Fact]
    public void Generate_OlderManifestOrNone_IsRightWithoutAWord()
    {
        Assert.Equal((0, ""), Outcome(Copy(json => json.Remove("sha256"))));
        Assert.Equal((0, ""), Outcome(Copy(_ => { })));
        var alone = Copy(_ => { });
        File.Delete(Path.Combine(alone, "lonas.json"));
        Assert.Equal((0, ""), Outcome(alone));
    }

    [Fact]
    public void Generate_WeightsOfAnotherRun_AreTold()
    {
        var adapter = Copy(_ => { });
        var weights = Path.Combine(adapter, "adapter_model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^2] ^= 1;
        File.WriteAllBytes(weights, bytes);

        var run = Generate(adapter);

        ErrorTable.Require("adapter manifest written beside other weights", run.ExitCode, run.Error);
    }

    private static (int, string) Outcome(string adapter) =>
        Generate(adapter) is var run ? (run.ExitCode, run.Error) : default;

    private static CliRun Generate(string adapter) => CliRun.Of(
        "generate", "--model_name_or_path", SampleRun.Model, "--lora_weights", adapter, "--input_ids", "1,2",
        "--max_new_tokens", "1", "--device", "cpu", "--threads", "1", "--json");

    private static void Edit(JsonObject json, string edit)
    {
        var groups = json[Space]!.AsArray();
        var (members, widths) = (groups[0]!["members"]!.AsArray(), groups[0]!["widths"]!.AsArray());
        switch (edit)
        {
            case "width": widths[1] = 17; break;
            case "width removed": widths.RemoveAt(widths.Count - 1); break;
            case "group removed": groups.RemoveAt(1); break;
            case "group added": groups.Add(groups[0]!.DeepClone()); break;
            case "groups swapped":
                var first = groups[0]!.DeepClone();
                groups.RemoveAt(0);
                groups.Add(first);
                break;
            case "member of no layer": members[0] = "model.layers.99.self_attn.q_proj:LoraA"; break;
            case "member of no part": members[0] = "model.layers.0.self_attn.q_proj:LoraC"; break;
            case "member without part": members[0] = "lm_head"; break;
            case "space is a text": json[Space] = "all"; break;
            case "width is a text": widths[0] = "32"; break;
            case "active width": json["active_sub_adapter"] = JsonNode.Parse("""{"width": {"0": 5}}"""); break;
            case "version is a number": json["lonas_version"] = 99; break;
            case "configuration is a number": json["nncf_config"] = 7; break;
            default: throw new ArgumentException(edit);
        }
    }

    private string Copy(Action<JsonObject> edit)
    {
        var copy = Directory.CreateDirectory(sample.NewFolder()).FullName;
        foreach (var path in Directory.EnumerateFiles(sample.Adapter))
        {
            File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
        }

        var manifest = Path.Combine(copy, "lonas.json");
        var json = JsonNode.Parse(File.ReadAllText(manifest))!.AsObject();
        edit(json);
        File.WriteAllText(manifest, json.ToJsonString());
        return copy;
    }
}
