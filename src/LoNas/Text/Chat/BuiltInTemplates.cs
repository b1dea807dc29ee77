namespace LoNas.Text.Chat;

/// <summary>Templates for models that bring none.</summary>
internal static class BuiltInTemplates
{
    /// <summary>
    /// ChatML: each message between markers, and a system message in front where the conversation has none. What the
    /// assistant says is marked, with the marker that ends it.
    /// </summary>
    private const string ChatMl =
        """
        {%- for message in messages %}
            {%- if loop.first and message['role'] != 'system' %}
                {{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}
            {%- endif %}
            {{- '<|im_start|>' + message['role'] + '\n' }}
            {%- if message['role'] == 'assistant' %}
                {%- generation %}{{- message['content'] + '<|im_end|>' }}{% endgeneration %}
            {%- else %}
                {{- message['content'] + '<|im_end|>' }}
            {%- endif %}
            {{- '\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
        {%- endif %}
        """;

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string> { ["chatml"] = ChatMl };
}
