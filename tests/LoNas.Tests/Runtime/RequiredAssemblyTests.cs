using LoNas.Runtime;

namespace LoNas.Tests.Runtime;

public sealed class RequiredAssemblyTests
{
    private static readonly Version Needed = new(3, 31, 1, 0);

    [Theory]
    [InlineData("TorchSharp", false)]
    [InlineData("Google.Protobuf", true)]
    public void Problem_WhatTheTestsRunWith_IsNone(string name, bool allowsNewer) =>
        Assert.Null(RequiredAssembly.Problem(name, allowsNewer));

    [Theory]
    [InlineData("3.31.1.0", true)]
    [InlineData("3.32.0.0", true)]
    [InlineData("3.31.1.0", false)]
    public void Problem_VersionThatWillDo_IsNone(string found, bool allowsNewer) =>
        Assert.Null(RequiredAssembly.Problem("P", Needed, new Version(found), "/app/P.dll", allowsNewer));

    [Theory]
    [InlineData("3.30.2.0", true, "P 3.31.1 or later, and P 3.30.2 was found ('/app/P.dll')")]
    [InlineData("3.32.0.0", false, "P 3.31.1, no other version, and P 3.32.0 was found ('/app/P.dll')")]
    [InlineData(null, true, "P 3.31.1 or later, and none was found beside the program")]
    public void Problem_OtherVersionOrNone_NamesBothAndThePackage(string? found, bool allowsNewer, string expected) =>
        Assert.StartsWith(
            $"LoNas needs {expected}; the program's project must reference the package P 3.31.1, or leave it to",
            RequiredAssembly.Problem(
                "P", Needed, found is null ? null : new Version(found), "/app/P.dll", allowsNewer));
}
