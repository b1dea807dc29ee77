using System.Text.RegularExpressions;
using LoNas.Cli.Commands;
using LoNas.Cli.Output;
using LoNas.Errors;

namespace LoNas.Tests.Cli;

/// <summary>The flags that the command line adds to a message of the library.</summary>
public sealed class SettingFlagsTests
{
    [Fact]
    public void Add_EverySetting_NamesAFlagOfACommand()
    {
        var help = string.Concat(CommandTable.All.Select(command => command.Help(100)));

        Assert.All(Enum.GetValues<Setting>(), setting =>
        {
            var flag = Regex.Match(SettingFlags.Add("message", setting), @"^message \((--[a-z0-9_]+)(; .*)?\)$");
            Assert.True(flag.Success, $"{setting} has no flag");
            Assert.Matches($@"(?m)^  {flag.Groups[1].Value} ", help);
        });
    }

    [Fact]
    public void Of_ErrorAboutSettings_AddsTheirFlagsToItsMessage()
    {
        var error = new InvalidDataException("it does not fit; leave it out")
            .About(Setting.Configuration, Setting.OutputFolder);

        Assert.Equal("it does not fit; leave it out", error.Message);
        Assert.Equal(
            new Failure(ExitCode.BadInput, "it does not fit; leave it out (--nncf_config, --output_dir)"),
            Failure.Of(new AggregateException(error)));
        Assert.Equal("it is so", Failure.Of(new ArgumentException("it is so")).Message);
    }
}
