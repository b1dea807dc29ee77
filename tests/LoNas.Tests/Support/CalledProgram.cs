using System.Runtime.CompilerServices;
using LoNas.Cli.Output;

namespace LoNas.Tests.Support;

/// <summary>Lines to copy that are printed in this process begin as they do for users, not with the tests' program.</summary>
internal static class CalledProgram
{
    [ModuleInitializer]
    internal static void Name() => Environment.SetEnvironmentVariable(ProgramCall.Variable, "./lonas");
}
