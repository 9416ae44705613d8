"""What the API tells, drawn: pure functions from its data to ECharts' options, and `show_chart`, which shows one."""
