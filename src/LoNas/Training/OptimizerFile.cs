using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>The optimiser's part of a checkpoint: its moments, and the gradients of a window that is not full.</summary>
internal static class OptimizerFile
{
    public static void Write(BinaryWriter writer, AdamW optimizer, Parameter[] parameters, bool withGradients)
    {
        optimizer.save_state_dict(writer);
        writer.Write(withGradients);
        for (int i = 0; withGradients && i < parameters.Length; i++)
        {
            using var gradient = parameters[i].grad;
            writer.Write(gradient is not null);
            if (gradient is not null)
            {
                writer.Write(gradient.bytes);
            }
        }
    }

    public static void Read(BinaryReader reader, AdamW optimizer, Parameter[] parameters)
    {
        optimizer.load_state_dict(reader);
        bool withGradients = reader.ReadBoolean();
        for (int i = 0; withGradients && i < parameters.Length; i++)
        {
            if (reader.ReadBoolean())
            {
                using var gradient = zeros(parameters[i].shape);
                reader.BaseStream.ReadExactly(gradient.bytes);
                parameters[i].grad = gradient;
            }
        }
    }
}
