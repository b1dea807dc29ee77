using LoNas.Elastic;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// Regular expressions of adapters, which are Python's. What is expected is what re of Python 3.11 says.
/// </summary>
public sealed class PythonPatternTests
{
    private const string Unsloth = @"(?:.*?(?:language|text).*?(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense)"
        + @".*?(?:q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj).*?)|(?:\bmodel\.layers\.[\d]{1,}\."
        + @"(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense)\.(?:(?:q_proj|k_proj|v_proj|o_proj)))";

    [Theory]
    [InlineData(@".*\.self_attn\.(q|v)_proj", "model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.q_projx")]
    [InlineData(Unsloth, "model.layers.10.self_attn.o_proj", "model.layers.10.mlp.up_proj")]
    [InlineData(@"^(?!.*lm_head).*$", "model.norm", "lm_head")]
    [InlineData(@".*(?<!o)_proj", "a.q_proj", "a.o_proj")]
    [InlineData(@"model\.layers\.(?P<layer>\d+)\.mlp", "model.layers.3.mlp", "model.layers.x.mlp")]
    [InlineData(@"(?P<a>.)(?P=a)", "aa", "ab")]
    [InlineData(@"(a)(?P<x>b)\2", "abb", "aba")]
    [InlineData(@"(a)?(?(1)b|c)", "ab", "ac")]
    [InlineData(@"(?P<k>a)?(?(k)b|c)", "c", "b")]
    [InlineData(@".*\.q_proj\Z", "a.q_proj", "a.q_proj\n")]
    [InlineData(@".*self\_attn", "0.self_attn", @"0.self\_attn")]
    [InlineData(@"layers\.\d++\..*", "layers.12.mlp", "layers.x.mlp")]
    [InlineData(@"(?:\d*+1)?x", "x", "11x")]
    [InlineData(@"(?>a*)b", "aab", "aa")]
    [InlineData(@"a{,2}b", "aab", "a{,2}b")]
    [InlineData(@"a{b", "a{b", "ab")]
    [InlineData(@"a{,}b", "aaab", "a{,}b")]
    [InlineData(@"[]a]+", "]a", "[a")]
    [InlineData(@"[a-z-[.]+", "a-[.", "A")]
    [InlineData(@"[[a]+", "[a", ":")]
    [InlineData(@"\x61\u0062\143", "abc", "abd")]
    [InlineData(@"(?i)Q_PROJ", "q_proj", "k_proj")]
    [InlineData(@"(?i:q)_proj", "Q_proj", "q_PROJ")]
    [InlineData(@"(?a)(?s)\w+", "q_proj", "q.proj")]
    [InlineData(@"(?#all)a|b", "b", "all")]
    [InlineData(@"a.b", "a.b", "a\nb")]
    public void IsWhole_PythonsSyntax_MatchesWhatPythonDoes(string pattern, string matched, string other)
    {
        Assert.Null(PythonPattern.ProblemOfWhole(pattern));
        Assert.True(PythonPattern.IsWhole(matched, pattern));
        Assert.False(PythonPattern.IsWhole(other, pattern));
    }

    /// <summary>PEFT: re.match(rf"(.*\.)?({key})$", path), in which the first group is not the key's own.</summary>
    [Theory]
    [InlineData("q_proj", "model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.qq_proj")]
    [InlineData(@"layers\.[0-3]\..*", "model.layers.3.mlp", "model.layers.4.mlp")]
    [InlineData("a|b", "x.b", "xb")]
    [InlineData("^lm_head", "lm_head", "model.lm_head")]
    [InlineData(@"(?P<n>\d)\.(?P=n)", "a.1.1", "a.1.2")]
    public void IsEnd_KeyOfRankPattern_MatchesWhatPeftDoes(string key, string matched, string other)
    {
        Assert.Null(PythonPattern.ProblemOfEnd(key));
        Assert.True(PythonPattern.IsEnd(matched, key));
        Assert.False(PythonPattern.IsEnd(other, key));
    }

    [Theory]
    [InlineData("(q", "a parenthesis is not closed")]
    [InlineData("q)", "the parenthesis at 1 closes none")]
    [InlineData("a)(b", "the parenthesis at 1 closes none")]
    [InlineData("[a", "a bracket is not closed")]
    [InlineData("*", "there is nothing that * repeats")]
    [InlineData("a**", "there is nothing that * repeats")]
    [InlineData("a|{2}", "there is nothing that {2} repeats")]
    [InlineData(@"\p{L}", @"\p means nothing")]
    [InlineData(@"[\z]", @"\z means nothing")]
    [InlineData(@"\u00g0", @"\u means nothing")]
    [InlineData(@"(?<n>a)", "(?<n> begins no group")]
    [InlineData(@"\1(a)", "there is no group 1 before it is named")]
    [InlineData("(?P=n)", "there is no group n before it is named")]
    [InlineData("(?P<n>a)(?P<n>b)", "two groups have the name n")]
    [InlineData("a(?i)", "the flags (?i) are not at its start")]
    [InlineData("(?P<n", "the end > of a group is missing")]
    [InlineData("\\", "it ends with a backslash")]
    [InlineData("[z-a]", "range in reverse order")]
    public void ProblemOfWhole_WhatPythonRefuses_IsRefused(string pattern, string why)
    {
        var problem = PythonPattern.ProblemOfWhole(pattern);

        Assert.StartsWith($"regular expression: Invalid pattern '{pattern}': ", problem, StringComparison.Ordinal);
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(?x) a", "the flag x")]
    [InlineData(@"\N{DASH}", @"\N, a character by its name")]
    [InlineData(@"\U0001F600", "a character above U+FFFF")]
    public void ProblemOfWhole_WhatDotNetLacks_IsNamed(string pattern, string what) => Assert.Contains(
        $"regular expression that can be used here: it has {what}", PythonPattern.ProblemOfWhole(pattern),
        StringComparison.Ordinal);

    /// <summary>Flags in a key are not at the start of what PEFT makes of it; a group would be the first.</summary>
    [Fact]
    public void ProblemOfEnd_WhatIsWrongOnlyWithinPeftsPattern_IsRefused()
    {
        Assert.Contains("not at its start", PythonPattern.ProblemOfEnd("(?i)q"), StringComparison.Ordinal);
        Assert.Contains("group of its own", PythonPattern.ProblemOfLayer("(layers|h)"), StringComparison.Ordinal);
        Assert.Null(PythonPattern.ProblemOfLayer("(?:layers|h)"));
    }

    [Theory]
    [InlineData("(.*)*x", false)]
    [InlineData("(a|aa)+b", false)]
    [InlineData("(?=a)((.*)*)*x", true)]
    [InlineData("((a{1,1000}){1,1000}){1,1000}b", true)]
    public void IsWhole_HostilePattern_EndsSoon(string pattern, bool isGivenUp)
    {
        var path = new string('a', 60);

        if (!isGivenUp)
        {
            Assert.False(PythonPattern.IsWhole(path, pattern));
            return;
        }

        var error = Assert.Throws<InvalidDataException>(() => PythonPattern.IsWhole(path, pattern));
        Assert.Contains(
            $"The pattern '{pattern}' of the adapter takes over 1 s", error.Message, StringComparison.Ordinal);
    }
}
