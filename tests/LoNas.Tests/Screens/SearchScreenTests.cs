using LoNas.Tests.Support;

namespace LoNas.Tests.Screens;

/// <summary>What a search leaves on terminals of three widths, as it is recorded.</summary>
public sealed class SearchScreenTests(SearchSample sample, ScreenFolder folder)
    : IClassFixture<SearchSample>, IClassFixture<ScreenFolder>
{
    [Theory]
    [InlineData("search", 40)]
    [InlineData("search", 80)]
    [InlineData("search", 120)]
    [InlineData("search-exact", 40)]
    public void Screen_Search_IsAsRecorded(string name, int columns)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "screens are recorded with paths of Unix");
        string[] line = sample.Search(folder.At($"{name}-{columns}"));

        var screen = Screen.Of(columns, name == "search" ? line : [.. line, "--exact"]);

        RecordedScreenTests.RowsFit(screen, columns);
        Assert.Equal(0, screen.ExitCode);
        screen.IsAsRecorded(name, columns, folder.Root);
    }
}
