import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  HeatmapCellLayout,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as logs from '@grafana/grafana-foundation-sdk/logs';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as statushistory from '@grafana/grafana-foundation-sdk/statushistory';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { type atMost, none } from './limits.ts';

/*
 * The kinds of panels, each with what all of its kind share. `question`: the title, which the panel answers. `unit`: one of
 * Grafana's (@grafana/grafana-foundation-sdk/units).
 */

type Thresholds = ReturnType<typeof atMost>;

/** One number, with its course behind it. */
export function number(question: string, unit: string) {
  return new stat.PanelBuilder()
    .title(question)
    .unit(unit)
    .thresholds(none())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** Lines over time. */
export function series(question: string, unit: string) {
  return new timeseries.PanelBuilder()
    .title(question)
    .unit(unit)
    .min(0)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Auto)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

/** The same, with the limits as dashed lines. */
export function limited(question: string, unit: string, thresholds: Thresholds) {
  return series(question, unit)
    .thresholds(thresholds)
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** Parts of a whole over time, one on the other. */
export function stacked(question: string, unit: string) {
  return series(question, unit)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}

/** How values are spread, over time; the buckets of a histogram in `unit`. */
export function heat(question: string, unit: string) {
  return new heatmap.PanelBuilder()
    .title(question)
    .unit('short')
    .calculate(false)
    .yAxis(new heatmap.YAxisConfigBuilder().unit(unit))
    .rowsFrame(new heatmap.RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto))
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .steps(64),
    )
    .cellGap(1)
    .showLegend();
}

/** In which of a few states something was, over time. */
export function states(question: string, names: Readonly<Record<number, readonly [string, string]>>) {
  return new statetimeline.PanelBuilder()
    .title(question)
    .unit('none')
    .mappings([named(names)])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .legend(legend());
}

/** As `states`, for what is told once, and not again until it changes. */
export function moments(question: string, names: Readonly<Record<number, readonly [string, string]>>) {
  return new statushistory.PanelBuilder()
    .title(question)
    .unit('none')
    .mappings([named(names)])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .showValue(VisibilityMode.Auto)
    .legend(legend());
}

/** Log lines; a click on one shows its fields, and the way to its trace. */
export function lines(question: string) {
  return new logs.PanelBuilder()
    .title(question)
    .unit('short')
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending);
}

/** Log lines as a table of these of their fields. */
export function table(question: string, fields: readonly string[]) {
  const columns = ['Time', ...fields];
  return new PanelBuilder()
    .title(question)
    .unit('none')
    .filterable(true)
    .withTransformation({
      id: 'extractFields',
      options: { source: 'Line', format: 'json', replace: true, keepTime: true },
    })
    .withTransformation({
      id: 'organize',
      options: {
        includeByName: Object.fromEntries(columns.map((name) => [name, true])),
        indexByName: Object.fromEntries(columns.map((name, at) => [name, at])),
      },
    });
}

/** What a number says: its name and its colour. */
export function named(names: Readonly<Record<number, readonly [string, string]>>): ValueMapping {
  const options = Object.entries(names).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

function legend() {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom);
}
