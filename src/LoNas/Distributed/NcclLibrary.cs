using System.Runtime.InteropServices;
using LoNas.Runtime;

namespace LoNas.Distributed;

/// <summary>
/// The functions of NCCL and of CUDA's runtime that <see cref="Nccl"/> calls, as their headers declare them.
/// </summary>
internal sealed unsafe class NcclLibrary
{
    /// <summary>The environment variable that names NCCL's library.</summary>
    public const string Variable = "LONAS_NCCL";

    private const int NameBytes = 128;
    private const int Bytes = 1; // ncclUint8
    private const int HostToDevice = 1;
    private const int DeviceToHost = 2;

    private static readonly string[] NcclFiles = ["libnccl.so.2", "libnccl.so"];
    private static readonly string[] CudaFiles =
        ["libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"];

    private readonly nint _nccl;
    private readonly nint _cuda;

    private NcclLibrary(nint nccl, nint cuda) => (_nccl, _cuda) = (nccl, cuda);

    /// <summary>Loads the library that LONAS_NCCL names, or the first that the system finds, and CUDA's.</summary>
    /// <exception cref="NativeLibraryException">One is missing.</exception>
    public static NcclLibrary Load() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? Load([named], CudaFiles)
            : Load(NcclFiles, CudaFiles);

    internal static NcclLibrary Load(IReadOnlyList<string> nccl, IReadOnlyList<string> cuda) => new(
        Open("NCCL", nccl, $"install NCCL, or name its library ({Variable})"),
        Open("CUDA's runtime", cuda, "install the CUDA runtime that libtorch was made for"));

    /// <summary>Takes a GPU for the calling thread.</summary>
    public void Use(int device) => Cuda(((delegate* unmanaged<int, int>)InCuda("cudaSetDevice"))(device));

    /// <summary>A name by which ranks meet, for one meeting.</summary>
    public byte[] NewName()
    {
        var name = new byte[NameBytes];
        fixed (byte* room = name)
        {
            Check(((delegate* unmanaged<byte*, int>)InNccl("ncclGetUniqueId"))(room));
        }

        return name;
    }

    /// <summary>Waits for all ranks; gives the handle of their group.</summary>
    public nint Meet(byte[] name, int size, int rank)
    {
        var id = default(Name);
        name.CopyTo(new Span<byte>(id.Content, NameBytes));
        nint group;
        Check(((delegate* unmanaged<nint*, int, Name, int, int>)InNccl("ncclCommInitRank"))(&group, size, id, rank));
        return group;
    }

    /// <summary>Ends a group.</summary>
    public void Part(nint group) => Check(((delegate* unmanaged<nint, int>)InNccl("ncclCommDestroy"))(group));

    /// <summary>What is sent and received until <see cref="EndGroup"/> goes at once.</summary>
    public void BeginGroup() => Check(((delegate* unmanaged<int>)InNccl("ncclGroupStart"))());

    /// <summary>Waits until all of it is done.</summary>
    public void EndGroup()
    {
        Check(((delegate* unmanaged<int>)InNccl("ncclGroupEnd"))());
        Cuda(((delegate* unmanaged<nint, int>)InCuda("cudaStreamSynchronize"))(0));
    }

    /// <summary>Sends from the GPU's memory.</summary>
    public void Send(nint from, long bytes, int rank, nint group) => Check(
        ((delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)InNccl("ncclSend"))(
            from, (nuint)bytes, Bytes, rank, group, 0));

    /// <summary>Receives into the GPU's memory.</summary>
    public void Receive(nint to, long bytes, int rank, nint group) => Check(
        ((delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)InNccl("ncclRecv"))(
            to, (nuint)bytes, Bytes, rank, group, 0));

    /// <summary>Takes memory of the GPU.</summary>
    public nint Allocate(long bytes)
    {
        nint address;
        Cuda(((delegate* unmanaged<nint*, nuint, int>)InCuda("cudaMalloc"))(&address, (nuint)bytes));
        return address;
    }

    /// <summary>Gives it back; nothing for 0.</summary>
    public void Free(nint address)
    {
        if (address != 0)
        {
            Cuda(((delegate* unmanaged<nint, int>)InCuda("cudaFree"))(address));
        }
    }

    /// <summary>Copies to the GPU.</summary>
    public void ToDevice(nint to, byte* from, long bytes) => Copy(to, (nint)from, bytes, HostToDevice);

    /// <summary>Copies from the GPU.</summary>
    public void ToHost(byte* to, nint from, long bytes) => Copy((nint)to, from, bytes, DeviceToHost);

    private void Copy(nint to, nint from, long bytes, int direction)
    {
        if (bytes > 0)
        {
            Cuda(((delegate* unmanaged<nint, nint, nuint, int, int>)InCuda("cudaMemcpy"))(
                to, from, (nuint)bytes, direction));
        }
    }

    private void Check(int code) => Check("NCCL", code, InNccl("ncclGetErrorString"));

    private void Cuda(int code) => Check("CUDA", code, InCuda("cudaGetErrorString"));

    private static void Check(string library, int code, nint words)
    {
        if (code != 0)
        {
            var text = Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)words)(code));
            throw new InvalidOperationException($"{library} failed with its error {code}: {text}");
        }
    }

    private nint InNccl(string name) => Function("NCCL", _nccl, name);

    private nint InCuda(string name) => Function("CUDA's runtime", _cuda, name);

    private static nint Function(string library, nint handle, string name) =>
        NativeLibrary.TryGetExport(handle, name, out nint call) ? call : throw Refusal(
            $"The library of {library} lacks {name}; NCCL has all that is needed since its version 2.7");

    private static nint Open(string library, IReadOnlyList<string> files, string wayOut)
    {
        foreach (var file in files)
        {
            if (NativeLibrary.TryLoad(file, out nint handle))
            {
                return handle;
            }
        }

        throw Refusal($"No library of {library} is found (looked for {string.Join(", ", files)}); {wayOut}");
    }

    private static NativeLibraryException Refusal(string message) => new(message) { IsOfSetting = true };

    /// <summary>ncclUniqueId, which is passed by value.</summary>
    private struct Name
    {
        public fixed byte Content[NameBytes];
    }
}
