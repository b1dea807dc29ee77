using LoNas.Elastic;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Elastic;

public sealed class SubAdapterTests
{
    private static readonly SearchSpace Space = TinySearchSpace.Bind();

    [Fact]
    public void Equals_SameWidths_AreOne()
    {
        var one = new SubAdapter([8, 6, 176]);
        Assert.Equal(one, new SubAdapter(new List<int> { 8, 6, 176 }));
        Assert.Equal(one.GetHashCode(), new SubAdapter([8, 6, 176]).GetHashCode());
        Assert.NotEqual(one, new SubAdapter([8, 6, 132]));
    }

    [Fact]
    public void ToJson_Parse_RoundTrips()
    {
        string json = Space.ToJson(Space.Heuristic);
        Assert.Equal("""{"width": {"0": 6, "1": 6, "2": 132, "3": 132, "4": 6, "5": 6}}""", json);
        Assert.Equal(Space.Heuristic, Space.Parse(JsonInput.Parse(json, "test"), "test"));
    }

    [Fact]
    public void Parse_MissingGroups_AreAtFullWidth() =>
        Assert.Equal(
            [8, 8, 176, 88, 8, 8], Space.Parse(JsonInput.Parse("""{"width": {"3": 88}}""", "test"), "test").Widths);

    [Fact]
    public void Parse_SeveralMistakes_AreAllInOneError()
    {
        var json = JsonInput.Parse(
            """{"width": {"6": 8, "0": 7, "x": 8, "2": "132", "3": 88, "03": 88}, "depth": {}}""", "test");
        var error = Assert.Throws<InvalidDataException>(() => Space.Parse(json, "test"));
        Assert.Equal(
            """
            The test does not fit the search space:
            depth: unknown key; known here: width
            width.6: unknown group '6'; the groups are 0 to 5
            width.0: width 7 of group 0, 'model.layers.0.self_attn.q_proj' (lora_A), is not in its list [8, 6, 4]; choose one of these or edit overwrite_groups_widths
            width.x: unknown group 'x'; the groups are 0 to 5
            width.2: width "132" of group 2, 'model.layers.0.mlp.gate_proj' (base), is not in its list [176, 132, 88]; choose one of these or edit overwrite_groups_widths
            width.03: group 3 comes twice; keep one
            """, error.Message);
    }

    [Theory]
    [InlineData("[]", "holds a JSON Array; expected an object")]
    [InlineData("{}", "width: is missing")]
    [InlineData("""{"width": [1]}""", "width: expected an object of group index and width")]
    public void Parse_WrongForm_IsAnError(string json, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Space.Parse(JsonInput.Parse(json, "test"), "test"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_File_IsRead()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.json");
        try
        {
            File.WriteAllText(path, Space.ToJson(Space.Minimal));
            Assert.Equal(Space.Minimal, Space.Named(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Named_NeitherNameNorFile_SaysWhatIsAllowed()
    {
        var error = Assert.Throws<InvalidDataException>(() => Space.Named("maximum"));
        Assert.Equal(
            "The sub-adapter 'maximum' is neither maximal, heuristic or minimal nor an existing file", error.Message);
    }
}
