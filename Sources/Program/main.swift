import CommandLineTool

await SpillwayCommand.main()
