namespace LoNas.Text.TokenizerJson;

/// <summary>Reads the <c>post_processor</c> of tokenizer.json.</summary>
internal static class PostProcessorReader
{
    /// <exception cref="InvalidDataException">The type or a value is not supported.</exception>
    public static SequenceTemplate Read(TokenizerNode node, IReadOnlyDictionary<string, int> ids)
    {
        if (node.IsNull)
        {
            return SequenceTemplate.Plain;
        }

        switch (node["type"].AsText())
        {
            // It only changes offsets, which are not kept here.
            case "ByteLevel":
                return SequenceTemplate.Plain;
            case "TemplateProcessing":
                return new SequenceTemplate(
                    ReadParts(node, "single", holdsSecond: false), ReadParts(node, "pair", holdsSecond: true));
            case "BertProcessing":
                return SequenceTemplate.Bert(SpecialId(node["cls"], ids), SpecialId(node["sep"], ids));
            case "RobertaProcessing":
                return SequenceTemplate.Roberta(SpecialId(node["cls"], ids), SpecialId(node["sep"], ids));
            case "Sequence":
                var templates = node["processors"].Items().Select(item => Read(item, ids))
                    .Where(template => !ReferenceEquals(template, SequenceTemplate.Plain)).ToList();
                return templates.Count < 2
                    ? templates.FirstOrDefault(SequenceTemplate.Plain)
                    : throw node["processors"].Unsupported("at most one that adds tokens");
            default:
                throw node["type"].Unsupported(
                    "ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing or Sequence");
        }
    }

    private static TemplatePart[] ReadParts(TokenizerNode node, string key, bool holdsSecond)
    {
        var parts = node[key].Items().SelectMany(item => ReadPart(item, node["special_tokens"])).ToArray();
        bool holdsFirst = parts.Any(part => part is { Id: null, IsSecond: false });
        return holdsFirst && parts.Any(part => part.IsSecond) == holdsSecond
            ? parts
            : throw node[key].Unsupported(
                holdsSecond ? "places for the texts A and B" : "a place for the text A alone");
    }

    private static IEnumerable<TemplatePart> ReadPart(TokenizerNode item, TokenizerNode specials)
    {
        if (item.Has("Sequence"))
        {
            var place = item["Sequence"];
            int type = place["type_id"].AsNumber();
            return place["id"].AsText() switch
            {
                "A" => [TemplatePart.First(type)],
                "B" => [TemplatePart.Second(type)],
                _ => throw place["id"].Unsupported("A or B"),
            };
        }

        var special = item["SpecialToken"];
        int specialType = special["type_id"].AsNumber();
        return specials[special["id"].AsText()]["ids"].Items()
            .Select(id => TemplatePart.Special(id.AsNumber(), specialType));
    }

    // Written as ["[SEP]", 102].
    private static int SpecialId(TokenizerNode node, IReadOnlyDictionary<string, int> ids) =>
        node.Items().ToArray() is [var name, var id] && ids.GetValueOrDefault(name.AsText(), -1) == id.AsNumber()
            ? id.AsNumber()
            : throw node.Unsupported("a token of the vocabulary and its id");
}
