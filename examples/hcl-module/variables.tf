terraform {
  required_providers {
    peerform = {
      source = "peerform/peerform"
    }
  }
}

variable "machines" {
  description = "The machines of the fleet by name: the endpoint of the agent of each, its address, and its zone."
  type        = any # with an object type Terraform would silently drop a misspelt attribute

  validation {
    condition     = alltrue([for machine in values(var.machines) : toset(keys(machine)) == toset(["endpoint", "ipv4", "zone"])])
    error_message = "A machine has endpoint, ipv4 and zone, and nothing else; the names of canaries are in the variable canaries. Not so: ${join(", ", [for name, machine in var.machines : "${name} (${join(", ", keys(machine))})" if toset(keys(machine)) != toset(["endpoint", "ipv4", "zone"])])}."
  }
}

variable "canaries" {
  description = "Names of machines that take each release first; the others follow once these are healthy."
  type        = list(string)
  default     = []
}

variable "unreachable" {
  description = "Names of machines whose agent may be unreachable during this deploy; they catch up in a later one."
  type        = list(string)
  default     = []
}

variable "peers" {
  description = "The outside neighbours by name, as the module expects them."
  type        = any
  default     = {}
}

variable "filters" {
  description = "The filters by name."
  type        = any
  default     = {}
}

variable "lab" {
  description = "Folder of a lab, as `peerform lab up` prints it, whose agents stand in for those of the machines; null: no lab."
  type        = string
  default     = null
}
