using System.Reflection;
using System.Reflection.Emit;
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

    /// <summary>
    /// A number that is given to a native call as it stands becomes a temporary scalar, too: each is stored first, in a
    /// field or in a local that is disposed of behind the call.
    /// </summary>
    [Fact]
    public void Library_Scalars_AreStoredBeforeTheyAreUsed()
    {
        var operands = typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!)
            .ToDictionary(code => (ushort)code.Value);
        var assembly = typeof(HeldSums).Assembly;
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
            | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        string[] passed =
        [
            .. assembly.GetTypes().SelectMany(type => type.GetMethods(all).Cast<MethodBase>()
                    .Concat(type.GetConstructors(all)))
                .Where(method => method.GetMethodBody() is not null && PassesAScalar(method, operands))
                .Select(method => $"{method.DeclaringType}.{method.Name}").Order(StringComparer.Ordinal),
        ];

        Assert.True(passed.Length == 0, string.Join("\n", passed));
    }

    /// <summary>Whether a number's conversion is followed by anything but storing it.</summary>
    private static bool PassesAScalar(MethodBase method, Dictionary<ushort, OpCode> codes)
    {
        var il = method.GetMethodBody()!.GetILAsByteArray()!;
        bool isConverted = false;
        for (int i = 0; i < il.Length;)
        {
            ushort value = il[i++];
            value = value == 0xFE ? (ushort)(0xFE00 | il[i++]) : value;
            var code = codes[value];
            if (isConverted && code != OpCodes.Nop && !code.Name!.StartsWith("st", StringComparison.Ordinal))
            {
                return true;
            }

            isConverted = (isConverted && code == OpCodes.Nop) || (code == OpCodes.Call && IsConversion(
                method.Module.ResolveMethod(
                    BitConverter.ToInt32(il, i), method.DeclaringType!.GetGenericArguments(),
                    method.IsGenericMethod ? method.GetGenericArguments() : null)!));
            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, i)),
                _ => 4,
            };
        }

        return false;
    }

    private static bool IsConversion(MethodBase called) =>
        called.Name == "op_Implicit" && called.DeclaringType == typeof(TorchSharp.Scalar);

    private static int ParametersOf(MetadataReader metadata, MemberReference member)
    {
        var signature = metadata.GetBlobReader(member.Signature);
        return signature.ReadSignatureHeader().Kind == SignatureKind.Method ? signature.ReadCompressedInteger() : -1;
    }
}
