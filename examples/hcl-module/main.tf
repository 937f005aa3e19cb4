# The fleet is in variables (terraform.tfvars); the module makes a fabric of it.

module "fabric" {
  source = "./modules/fabric"

  name      = "edge"
  edition   = 2
  as_number = 64512

  nodes = { for name, machine in var.machines : name => {
    endpoint     = var.lab == null ? machine.endpoint : "unix://${var.lab}/${name}/agent.sock"
    ipv4_address = machine.ipv4
    labels       = { zone = machine.zone }
  } }

  peers   = var.peers
  filters = var.filters

  canaries    = var.canaries
  unreachable = var.unreachable
}

# Read the impact from the plan: as an output of the root module it would change with every deploy.
output "release" {
  description = "Digest of the release that runs."
  value       = module.fabric.release
}
