# A fabric with its rollout: staged everywhere, activated on the canaries, then on the rest, then confirmed. If anything fails before the end, every node
# rolls back to its previous release.

locals {
  endpoints = { for name, node in var.nodes : name => node.endpoint }
  canaries  = { for name, endpoint in local.endpoints : name => endpoint if contains(var.canaries, name) }
  rest      = { for name, endpoint in local.endpoints : name => endpoint if !contains(var.canaries, name) }

  # Each wave takes the names of its own nodes only.
  unreachable = {
    canaries = [for name in var.unreachable : name if contains(var.canaries, name)]
    rest     = [for name in var.unreachable : name if !contains(var.canaries, name)]
  }
}

resource "peerform_fabric" "this" {
  name              = var.name
  edition           = var.edition
  as_number         = var.as_number
  node_to_node_mesh = var.node_to_node_mesh

  nodes            = var.nodes
  peers            = var.peers
  racks            = var.racks
  route_reflectors = var.route_reflectors
  filters          = var.filters

  unreachable      = var.unreachable
  allow_disruption = var.allow_disruption
  waves            = length(var.canaries) > 0 ? [keys(local.canaries), keys(local.rest)] : null

  lifecycle {
    # A misspelt name would have no effect. (Before Terraform 1.9 the validation of a variable cannot refer to another.)
    precondition {
      condition     = length(setsubtract(var.canaries, keys(var.nodes))) == 0
      error_message = "Every canary must be the name of a node; these are not: ${join(", ", setsubtract(var.canaries, keys(var.nodes)))}."
    }
  }
}

resource "peerform_wave" "canaries" {
  count = length(var.canaries) > 0 ? 1 : 0

  fabric           = peerform_fabric.this.name
  release          = peerform_fabric.this.release
  activation       = peerform_fabric.this.activation
  nodes            = local.canaries
  unreachable      = local.unreachable.canaries
  gate             = { within = var.gate_within }
  allow_disruption = var.allow_disruption
}

resource "peerform_wave" "rest" {
  fabric           = peerform_fabric.this.name
  release          = peerform_fabric.this.release
  activation       = peerform_fabric.this.activation
  nodes            = local.rest
  unreachable      = local.unreachable.rest
  gate             = { within = var.gate_within }
  allow_disruption = var.allow_disruption

  depends_on = [peerform_wave.canaries]
}

resource "peerform_commit" "this" {
  fabric      = peerform_fabric.this.name
  release     = peerform_fabric.this.release
  activation  = peerform_fabric.this.activation
  nodes       = local.endpoints
  unreachable = var.unreachable

  depends_on = [peerform_wave.rest]
}
