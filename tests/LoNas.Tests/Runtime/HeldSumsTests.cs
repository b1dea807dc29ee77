using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Tests.Runtime;

public sealed class HeldSumsTests
{
    [Fact]
    public void Sums_OfTensorsAndScalars_AreSums()
    {
        using var scope = NewDisposeScope();
        var (left, right) = (tensor(new float[] { 1, 2 }), tensor(new float[] { 10, 20 }));
        using TorchSharp.Scalar half = 0.5;

        Assert.Equal([11f, 22], left.Plus(right).data<float>());
        Assert.Equal([1.5f, 2.5f], left.Plus(half).data<float>());
        Assert.Equal([-9f, -18], left.Minus(right).data<float>());
        Assert.Equal([11.5f, 22.5f], left.clone().Add(right).Add(half).data<float>());
    }

    /// <summary>
    /// Those make a temporary scalar for the factor, which the garbage collector may free during the native call.
    /// </summary>
    [Fact]
    public void Library_SumsOfTensors_AreHeldOnes()
    {
        using var file = new PEReader(File.OpenRead(typeof(HeldSums).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var used = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference
                && metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name) == "Tensor")
            .Select(member => (Name: metadata.GetString(member.Name), Parameters: ParametersOf(metadata, member)))
            .ToArray();

        Assert.Contains(("add", 2), used);
        Assert.DoesNotContain(used, member => member.Name is "op_Addition" or "op_Subtraction"
            || (member.Name is "add" or "add_" or "sub" or "sub_" && member.Parameters == 1));
    }

    private static int ParametersOf(MetadataReader metadata, MemberReference member)
    {
        var signature = metadata.GetBlobReader(member.Signature);
        return signature.ReadSignatureHeader().Kind == SignatureKind.Method ? signature.ReadCompressedInteger() : -1;
    }
}
