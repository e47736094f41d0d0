//! Prices.

use super::context::Context;
use crate::manifest::wire::{At, CostTable, Field, Number};
use crate::record::Price;

/// The prices, where the table has what it needs.
pub(super) fn cost(field: &Field<CostTable>, context: &mut Context<'_>) -> Option<Price> {
    let table = field.get()?;
    let place = context.first_line(table.place);
    if table.currency.is_absent() || table.gpu_hour.is_absent() {
        let help = "write both currency = \"USD\" and gpu-hour = 2.99";
        context.mistake("[cost] lacks a currency or a price", place, help);
    }
    let energy_kwh = table.energy_kwh.get();
    above_zero(energy_kwh, "a kilowatt hour", context);
    usage(table, context);
    let currency = table.currency.get()?;
    let price = table.gpu_hour.get()?;
    let is_code = currency.0.len() == 3 && currency.0.bytes().all(|b| b.is_ascii_uppercase());
    if !is_code {
        let message = format!("{:?} is no currency", currency.0);
        let help = "write its three letters, as in \"USD\"";
        context.mistake(message, currency.place, help);
    }
    above_zero(Some(price), "an hour", context);
    Some(Price {
        currency: currency.0.clone(),
        gpu_hour: price.0,
        energy_kwh: energy_kwh.map(|price| price.0),
        source: table.source.get().map(|source| source.0.clone()),
        date: table.date.get().map(|date| date.0),
        gpu_share: table.gpu_share.get().map_or(1.0, |share| share.0),
        utilisation_share: table.utilisation_share.get().map_or(1.0, |share| share.0),
        pue: table.pue.get().map_or(1.0, |pue| pue.0),
    })
}

/// Notes a price of `what` that is none.
fn above_zero(price: Option<&At<Number>>, what: &str, context: &mut Context<'_>) {
    if let Some(price) = price.filter(|price| price.0 <= 0.0) {
        context.mistake(
            format!("{what} can't cost 0 or less"),
            price.place,
            format!("write the price of {what}"),
        );
    }
}

/// Notes a use of GPUs or energy that can't be.
fn usage(table: &CostTable, context: &mut Context<'_>) {
    if let Some(share) = table.utilisation_share.get().filter(|at| at.0 <= 0.0) {
        let help = "write the share of paid hours in which the GPU works, as in \"60%\"";
        let message = "`utilisation-share` can't be 0: no work would pay for the hours";
        context.mistake(message, share.place, help);
    }
    if let Some(pue) = table.pue.get().filter(|pue| pue.0 < 1.0) {
        let message = format!("`pue` can't be {}", pue.0);
        let help =
            "a site takes no less energy than its machines: write 1 or more, as in pue = 1.3";
        context.mistake(message, pue.place, help);
    }
    if let Some(pue) = table
        .pue
        .get()
        .filter(|_| table.energy_kwh.is_absent() && !table.gpu_hour.is_absent())
    {
        let help = "add energy-kwh = ..., or leave `pue` out";
        let message = "`pue` means nothing without a price of energy";
        context.mistake(message, pue.place, help);
    }
    if let Some(source) = table.source.get().filter(|at| at.0.trim().is_empty()) {
        let help = "say where the price is from, as in \"list price of the provider\"";
        context.mistake("`source` is empty", source.place, help);
    }
}
