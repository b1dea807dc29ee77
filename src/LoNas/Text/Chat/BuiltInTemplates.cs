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

    /// <summary>
    /// Qwen 3's format, with what the assistant says marked: reasoning is written for the answers behind the last
    /// question alone, so that beginnings of a conversation are no beginnings of its text, and the marks are needed.
    /// </summary>
    private const string Qwen3 =
        """
        {%- if tools %}
            {{- '<|im_start|>system\n' }}
            {%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
            {{- "# Tools\n<tools>" }}
            {%- for tool in tools %}{{- "\n" }}{{- tool | tojson }}{%- endfor %}
            {{- "\n</tools><|im_end|>\n" }}
        {%- elif messages[0].role == 'system' %}
            {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
        {%- endif %}
        {%- set ns = namespace(open=true, last=messages|length - 1) %}
        {%- for message in messages[::-1] %}
            {%- set index = (messages|length - 1) - loop.index0 %}
            {%- if ns.open and message.role == "user" and message.content is string
                and not(message.content.startswith('<tool_response>')
                    and message.content.endswith('</tool_response>')) %}
                {%- set ns.open = false %}{%- set ns.last = index %}
            {%- endif %}
        {%- endfor %}
        {%- for message in messages %}
            {%- set content = message.content if message.content is string else '' %}
            {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
                {{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>' + '\n' }}
            {%- elif message.role == "assistant" %}
                {%- set reasoning = '' %}
                {%- if message.reasoning_content is string %}
                    {%- set reasoning = message.reasoning_content %}
                {%- elif '</think>' in content %}
                    {%- set reasoning = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
                    {%- set content = content.split('</think>')[-1].lstrip('\n') %}
                {%- endif %}
                {{- '<|im_start|>assistant\n' }}
                {%- generation %}
                {%- if loop.index0 > ns.last and (loop.last or reasoning) %}
                    {{- '<think>\n' + reasoning.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
                {%- else %}
                    {{- content }}
                {%- endif %}
                {%- for call in message.tool_calls or [] %}
                    {%- if (loop.first and content) or (not loop.first) %}{{- '\n' }}{%- endif %}
                    {%- if call.function %}{%- set call = call.function %}{%- endif %}
                    {{- '<tool_call>\n{"name": "' }}{{- call.name }}{{- '", "arguments": ' }}
                    {{- call.arguments if call.arguments is string else call.arguments | tojson }}
                    {{- '}\n</tool_call>' }}
                {%- endfor %}
                {{- '<|im_end|>' }}
                {%- endgeneration %}
                {{- '\n' }}
            {%- elif message.role == "tool" %}
                {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}{{- '<|im_start|>user' }}{%- endif %}
                {{- '\n<tool_response>\n' }}{{- content }}{{- '\n</tool_response>' }}
                {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '<|im_end|>\n' }}{%- endif %}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
            {{- '<think>\n\n</think>\n\n' if enable_thinking is defined and enable_thinking is false }}
        {%- endif %}
        """;

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string> { ["chatml"] = ChatMl, ["qwen3"] = Qwen3 };
}
