using System.Text.RegularExpressions;
using LoNas.Cli.Commands;
using LoNas.Tests.Support;

namespace LoNas.Tests;

/// <summary>
/// The library's texts name files, modules and values, and never a flag or a command: those are the command line's,
/// which adds them itself.
/// </summary>
public sealed class LibraryWordingTests
{
    [Fact]
    public void Library_NamesNoFlagAndNoCommand()
    {
        var library = Path.Combine(Repository.Root, "src", "LoNas");
        int literals = 0;
        foreach (var path in Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories))
        {
            var texts = StringLiterals.Of(File.ReadAllText(path));
            literals += texts.Count;
            Assert.All(texts, text => Assert.False(NamesTheCommandLine(text), $"{path} says: {text}"));
        }

        Assert.True(literals > 2000, $"only {literals} literals were found");
    }

    [Theory]
    [InlineData("x = \"give --nncf_config\";", true)]
    [InlineData("x = $\"'{path}' is a {(a ? \"b, --c\" : \"d\")}; give {name}\";", true)]
    [InlineData("x = @\"a \"\"--force\"\"\";", true)]
    [InlineData("x = $\"{a} --{option} is wrong\";", true)]
    [InlineData("x = $\"{{--a}} {b}\";", true)]
    [InlineData("x = \"\"\"a \"quoted\" --force\"\"\";", true)]
    [InlineData("x = $$\"\"\"{ {{a}} --force }\"\"\";", true)]
    [InlineData("x = \"make it with lonas extract\";", true)]
    [InlineData("x = '\"'; y = \"--force\";", true)]
    [InlineData("x = \"a\\\"\"; // \"--force\"", false)]
    [InlineData("/* \"--force\" */ x = \"a\\\\\";", false)]
    [InlineData("/// <c>\"--force\"</c>\nx--; y = \"a\" + x--;", false)]
    [InlineData("x = $\"{a--} {b:0.0}\";", false)]
    [InlineData("x = $\"models--{a}--{b}\";", false)]
    [InlineData("x = '\\''; y = \"---\"; z = \"'lonas' folder\";", false)]
    public void Check_Sample_FindsFlagsInTextsAlone(string code, bool expected) =>
        Assert.Equal(expected, StringLiterals.Of(code).Any(NamesTheCommandLine));

    /// <summary>A hub's cache has folders such as <c>models--org--name</c>, which are no flags.</summary>
    private static bool NamesTheCommandLine(string text) => Regex.IsMatch(text, @"(?<![\w}])--[A-Za-z{]")
        || CommandTable.All.Any(command => text.Contains($"lonas {command.Name}", StringComparison.Ordinal));
}
