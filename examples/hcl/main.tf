# A fabric in plain HCL: the same network as the quickstart, for the Terraform CLI alone.

terraform {
  required_providers {
    peerform = {
      source = "peerform/peerform"
    }
  }
}

variable "lab" {
  description = "Folder of the lab: each node's agent listens in a folder of its own there."
  type        = string
  default     = "/run/peerform/lab/quickstart"
}

locals {
  nodes     = { for number in [1, 2, 3] : "node${number}" => number }
  endpoints = { for name, _ in local.nodes : name => "unix://${var.lab}/${name}/agent.sock" }
}

# The topology. Applying it stages its release on every node.
resource "peerform_fabric" "main" {
  name              = "quickstart"
  as_number         = provider::peerform::as_number("1.1575") # 67111
  node_to_node_mesh = true

  dynamic "nodes" {
    for_each = local.nodes
    labels   = [nodes.key]

    content {
      endpoint     = local.endpoints[nodes.key]
      ipv4_address = "10.0.0.${nodes.value}"
      ipv6_address = "fd00:10::${nodes.value}"
    }
  }

  # A global peer: every node peers with it.
  peers "tor" {
    address   = "192.20.30.40"
    as_number = 67111
  }

  # A node-specific peer: node1 alone peers with it.
  peers "node1-tor" {
    node      = "node1"
    address   = "aa:bb::ff"
    as_number = 67111
  }
}

# Activates the release on some nodes, here on all, and waits until they are healthy.
resource "peerform_wave" "all" {
  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = local.endpoints
}

# Confirms it after the last wave. Without it every node returns to what it ran before.
resource "peerform_commit" "main" {
  fabric     = peerform_fabric.main.name
  release    = peerform_fabric.main.release
  activation = peerform_fabric.main.activation
  nodes      = local.endpoints

  depends_on = [peerform_wave.all]
}

output "impact" {
  description = "What the last change did to the network."
  value       = peerform_fabric.main.impact
}
