"""The simulated province of the demo. Everything that comes from here is labelled "dữ liệu mô phỏng" where it is shown."""
