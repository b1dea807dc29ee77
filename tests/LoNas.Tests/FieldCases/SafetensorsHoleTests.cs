using System.Buffers.Binary;
using System.Text;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.FieldCases;

/// <summary>The safetensors format: tensors fill the data from its first byte to its last, without holes.</summary>
public sealed class SafetensorsHoleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Headers over 16 bytes; NAME:F32*2@0 stands for two numbers from byte 0 on.</summary>
    public static TheoryData<string, string> Holes => new()
    {
        { "a:F32*2@4 b:F32*1@12", "tensor 'a' begins 4 bytes behind the header" },
        { "a:F32*1@0 b:F32*2@8", "tensor 'b' begins 4 bytes behind the end of 'a'" },
        { "a:F32*1@0 b:F32*1@5", "tensor 'b' begins 1 bytes behind the end of 'a'" },
        { "b:F32*1@12 a:F32*1@0", "tensor 'b' begins 8 bytes behind the end of 'a'" },
        { "a:F32*3@0", "4 bytes at its end belong to no tensor" },
        { "", "16 bytes at its end belong to no tensor" },
        { "a:F32*0@0", "16 bytes at its end belong to no tensor" },
        { "a:F32*4@0 b:F32*0@8", "tensors 'a' and 'b' overlap" },
        { "a:F32*2@0 b:F32*2@4", "tensors 'a' and 'b' overlap" },
        { "a:F32*4@0 b:F32*4@0", "tensors 'a' and 'b' overlap" },
        { "a:F32*2@0 e:F32*0@12 b:F32*2@8", "'e' overlap" },
        { "a:F32*5@0", "claims bytes 0 to 20 of 16" },
        { "a:U8*15@0 b:F32*1@16", "claims bytes 16 to 20 of 16" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Generate_SharedModel_IsRefused()
    {
        var model = SharedData.Path("field-cases", "st-hole", "st_shift1");

        var run = CliRun.Of(
            "generate", "--model_name_or_path", model, "--raw", "--prompt", "hi", "--max_new_tokens", "3");

        ErrorTable.Require("hole in the weights", run.ExitCode, run.Error);
        Assert.Contains($"{model}/model.safetensors", run.Error);
        Assert.Contains("tensor 'model.norm.weight' begins 1 bytes behind", run.Error);
    }

    [Theory]
    [MemberData(nameof(Holes))]
    public void Open_Hole_IsRefused(string tensors, string expected)
    {
        var path = Write(tensors, 16);

        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));

        Assert.Contains(expected, error.Message);
        Assert.Contains(path, error.Message);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("a:F32*0@0", 0)]
    [InlineData("a:F32*0@0 b:F32*4@0", 16)]
    [InlineData("b:F32*4@0 a:F32*0@16", 16)]
    [InlineData("b:F32*2@8 a:F32*2@0", 16)]
    [InlineData("a:U8*3@0 b:F32*2@3 c:U8*1@11", 12)]
    [InlineData("a:F32*2@0 e:F32*0@8 b:F32*2@8", 16)]
    public void Open_WholeFile_IsRead(string tensors, int bytes)
    {
        using var file = SafetensorsFile.Open(Write(tensors, bytes));

        foreach (var name in file.Names)
        {
            using var tensor = file.Load(name);
            Assert.Equal(file.ShapeOf(name)[0], tensor.numel());
        }
    }

    [Fact]
    public void Load_FileThatBecameShorter_IsNamed()
    {
        var path = Write("a:F32*2@0 b:F32*2@8", 16);
        using var file = SafetensorsFile.Open(path);
        using (var stream = File.OpenWrite(path))
        {
            stream.SetLength(stream.Length - 8);
        }

        var error = Assert.Throws<InvalidDataException>(() => file.Load("a"));

        Assert.Contains($"The weights '{path}' became shorter while they were in use", error.Message);
    }

    /// <summary>Every real file beside the repository keeps the rule.</summary>
    [Theory]
    [InlineData("stories260K")]
    [InlineData("stories3M")]
    [InlineData("TinyStories-656K")]
    [InlineData("all-MiniLM-L6-v2")]
    public void Open_RealModels_AreWhole(string model)
    {
        using var weights = WeightFolder.Open(SharedData.Path("models", model));
        Assert.NotEmpty(weights.Names);
    }

    private string Write(string tensors, int bytes)
    {
        var entries = tensors.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text =>
        {
            var parts = text.Split(':', '*', '@');
            var (count, start) = (int.Parse(parts[2]), int.Parse(parts[3]));
            return $"\"{parts[0]}\":{{\"dtype\":\"{parts[1]}\",\"shape\":[{count}],"
                + $"\"data_offsets\":[{start},{start + (count * (parts[1] == "U8" ? 1 : 4))}]}}";
        });
        var json = Encoding.UTF8.GetBytes(
            $"{{{string.Join(',', entries.Prepend("\"__metadata__\":{\"format\":\"pt\"}"))}}}");
        var file = new byte[8 + json.Length + bytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        File.WriteAllBytes(_folder.Path("a.safetensors"), file);
        return _folder.Path("a.safetensors");
    }
}
