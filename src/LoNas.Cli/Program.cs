using TorchSharp;
Console.WriteLine(torch.rand(3).ToString(TorchSharp.TensorStringStyle.Numpy));
