using Parquet;
using Parquet.Schema;

namespace LoNas.Tests.Support;

/// <summary>Writes small Parquet files.</summary>
internal static class ParquetFile
{
    public static async Task Write(string path, IReadOnlyList<(string Name, Array Values)> columns)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var fields = columns.Select(column => column.Values switch
        {
            string[] => (DataField)new DataField<string>(column.Name),
            long[] => new DataField<long>(column.Name),
            _ => new DataField<double>(column.Name),
        }).ToArray();
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream);
        using var group = writer.CreateRowGroup();
        foreach (var (field, (_, values)) in fields.Zip(columns))
        {
            await (values switch
            {
                string[] texts => group.WriteAsync(field, texts),
                long[] numbers => group.WriteAsync<long>(field, numbers),
                _ => group.WriteAsync<double>(field, (double[])values),
            });
        }

        group.CompleteValidate();
    }
}
