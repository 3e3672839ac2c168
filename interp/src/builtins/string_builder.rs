//! Collects parts of a string.
#![forbid(unsafe_code)]

use crate::value::Str;
use crate::value::string::Units;
use crate::vm::{JsResult, Vm};

/// Collects parts of a string: bytes as long as all are, then units.
pub(crate) struct Builder {
    bytes: Vec<u8>,
    units: Vec<u16>,
    wide: bool,
}

impl Builder {
    /// An empty one.
    pub(crate) fn new() -> Builder {
        Builder { bytes: Vec::new(), units: Vec::new(), wide: false }
    }
    /// Appends a string.
    pub(crate) fn push<'gc>(&mut self, vm: &mut Vm<'gc>, s: Str<'gc>) -> JsResult<()> {
        let units = s.units(vm.mc)?;
        self.push_units(vm, units)
    }
    /// Appends units.
    pub(crate) fn push_units(&mut self, vm: &mut Vm<'_>, units: Units<'_>) -> JsResult<()> {
        let len = self.bytes.len() + self.units.len() + units.len();
        if len > crate::value::string::MAX_LENGTH {
            return Err(vm.range_error("invalid string length"));
        }
        if units.len() > 64 {
            vm.charge(units.len() / 64)?;
            vm.mc.try_charge(units.len())?;
            vm.mc.charge_external(-(units.len() as isize));
        }
        match units {
            Units::Latin1(b) if !self.wide => self.bytes.extend_from_slice(b),
            Units::Latin1(b) => self.units.extend(b.iter().map(|&b| u16::from(b))),
            Units::Utf16(u) => {
                if !self.wide {
                    self.wide = true;
                    self.units = std::mem::take(&mut self.bytes).into_iter().map(u16::from).collect();
                }
                self.units.extend_from_slice(u);
            }
        }
        Ok(())
    }
    /// Appends ASCII text.
    pub(crate) fn push_str(&mut self, vm: &mut Vm<'_>, text: &str) -> JsResult<()> {
        self.push_units(vm, Units::Latin1(text.as_bytes()))
    }
    /// Appends a code unit.
    pub(crate) fn push_unit(&mut self, vm: &mut Vm<'_>, unit: u16) -> JsResult<()> {
        match u8::try_from(unit) {
            Ok(b) => self.push_units(vm, Units::Latin1(&[b])),
            Err(_) => self.push_units(vm, Units::Utf16(&[unit])),
        }
    }
    /// The string.
    pub(crate) fn finish<'gc>(self, vm: &mut Vm<'gc>) -> JsResult<Str<'gc>> {
        if self.wide { Ok(Str::utf16(vm.mc, &self.units)?) } else { Ok(Str::latin1(vm.mc, &self.bytes)?) }
    }
}
