include: "workflow/Snakefile"


# what is included sets no default target
workflow.default_target = "all"
