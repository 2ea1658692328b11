import CommandLineTool

await Spillway.main()
