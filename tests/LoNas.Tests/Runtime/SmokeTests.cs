using TorchSharp;

namespace LoNas.Tests.Runtime;

public sealed class SmokeTests
{
    [Fact]
    public void Torch_Loads() => Assert.Equal(3, torch.ones(3).sum().item<float>());
}
