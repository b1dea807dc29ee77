using LoNas.MutationTests.Mutations;

namespace LoNas.MutationTests;

public sealed class ConfigurationMutationTests : IDisposable
{
    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_DamagedConfiguration_LoadsOrGivesOneClearError() =>
        new MutationRun("JSON configurations").Check(new ConfigurationSamples(_folder).All());
}
