using LoNas.Elastic;
using LoNas.Models;

namespace LoNas.Formats.Nncf;

/// <summary>Writes NNCF's names of graph nodes, which <see cref="NodeScope"/> reads.</summary>
/// <param name="family">Class names of the modules, and where the blocks are.</param>
/// <param name="linears">The linears of the model, to know which have an adapter.</param>
internal sealed class ScopeWriter(ModelFamily family, IReadOnlyDictionary<string, LinearShape> linears)
{
    /// <summary>Whether a linear in a block has an adapter.</summary>
    public bool IsAdapted(int block, string module, string name) => Shape(block, module, name).Rank > 0;

    /// <summary>The full size of a linear in a block.</summary>
    public LinearShape Shape(int block, string module, string name) =>
        linears[$"{family.BlockPath}.{block}.{module}.{name}"];

    /// <summary>The scope of the base weight. PEFT wraps it if there is an adapter.</summary>
    public string Base(int block, string module, string name) => IsAdapted(block, module, name)
        ? $"{Module(block, module)}/Linear[{name}]/NNCFUserSelfLinear[self_linear]/linear_0"
        : $"{Module(block, module)}/NNCFLinear[{name}]/linear_0";

    /// <summary>The scope of one half of the adapter, <c>lora_A</c> or <c>lora_B</c>.</summary>
    public string Half(int block, string module, string name, string half) =>
        $"{Module(block, module)}/Linear[{name}]/ModuleDict[{half}]/NNCFLinear[default]/linear_0";

    private string Module(int block, string module)
    {
        var names = module.Split('.');
        var levels = names.Select((name, i) => $"{family.Nncf!.Classes[string.Join('.', names[..(i + 1)])]}[{name}]");
        return $"{family.Nncf!.BlockScope}[{block}]/{string.Join('/', levels)}";
    }
}
