namespace LoNas.Export;

/// <summary>What was written does not compute what it should; it has been removed.</summary>
public sealed class SelfCheckException(string message) : Exception(message);
